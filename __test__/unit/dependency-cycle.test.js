'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { hasCycle } = require('../../lib/dependency-cycle')

const filter = (/** @type {any[]} */ ...properties) => ({ filters: { groups: [{ properties }] } })
const onFlag = (/** @type {any} */ ...chain) => ({ type: 'flag', key: chain.at(-1), dependency_chain: chain })
const onCohort = (/** @type {any} */ value) => ({ type: 'cohort', key: 'id', value })
const flagOn = (/** @type {any} */ key, /** @type {any[]} */ ...properties) => ({ key, ...filter(...properties) })

test('flags that depend on each other in a circle are found, by way of cohorts too', () => {
  for (const document of [
    { flags: [flagOn('a', onFlag('a'))] },
    { flags: [flagOn('a', onFlag('b')), flagOn('b', onFlag('a'))] },
    { flags: [flagOn('x'), flagOn('a', onFlag('b')), flagOn('b', onFlag('c')), flagOn('c', onFlag('b'))] },
    { flags: [flagOn('a', onFlag('x', 'a'))] },
    { flags: [flagOn(5, onFlag('5'))] },
    { flags: [], cohorts: { 1: { values: [onCohort(1)] } } },
    { flags: [], cohorts: { 1: { values: [{ values: [onCohort('2')] }] }, 2: { values: [onCohort(1)] } } },
    { flags: [flagOn('a', onCohort(1))], cohorts: { 1: { values: [onFlag('a')] } } },
  ]) {
    assert.equal(hasCycle(document), true, JSON.stringify(document))
  }
})

test('what is no circle is none, also where two ways lead to one flag', () => {
  for (const document of [
    { flags: [] },
    { flags: [], cohorts: null },
    { flags: [flagOn('a', onFlag('b'), onFlag('c')), flagOn('b', onFlag('d')), flagOn('c', onFlag('d')), flagOn('d')] },
    { flags: [flagOn('a', onFlag('missing')), flagOn('b', onCohort(9))], cohorts: {} },
    { flags: [flagOn('a', onCohort(1)), flagOn('b', onCohort(1))], cohorts: { 1: { values: [onCohort(2)] }, 2: {} } },
    { flags: [flagOn('1', onCohort(1))], cohorts: { 1: { values: [] } } },
    { flags: [flagOn('a', { type: 'flag', key: 'a' }), flagOn('b', { dependency_chain: ['b'] })] },
    { flags: [flagOn('a', { type: 'flag', dependency_chain: 'a' }), flagOn('b', { type: 'other', value: 'b' })] },
    { flags: [flagOn('undefined', { type: 'flag', dependency_chain: [{ toString: () => assert.fail() }] })] },
    { flags: [null, undefined, 5, {}, { key: Symbol('s') }, { key: { toString: () => assert.fail() }, filters: 5 }] },
  ]) {
    assert.equal(hasCycle(/** @type {any} */ (document)), false)
  }
})

test('a long chain is followed to its end', () => {
  const chain = Array.from({ length: 20_000 }, (_, number) => flagOn(`f${number}`, onFlag(`f${number + 1}`)))
  assert.equal(hasCycle({ flags: chain }), false)
  assert.equal(hasCycle({ flags: [...chain, flagOn('f20000', onFlag('f0'))] }), true)
})
