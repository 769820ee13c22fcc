'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { DefinitionsOrigin } = require('../../lib/client/definitions-origin')

/** @param {import('node:test').TestContext} t */
function originAt(t, now = 1000) {
  t.mock.timers.enable({ apis: ['Date'], now })
  return new DefinitionsOrigin()
}

test('nothing is known before there are definitions', () => {
  assert.deepEqual(
    { ...new DefinitionsOrigin() },
    {
      source: undefined,
      role: undefined,
      changedAt: undefined,
      confirmedAt: undefined,
    }
  )
})

test('new definitions have changed now, and are current now unless another time is known', (t) => {
  const origin = originAt(t)
  origin.installed('network')
  assert.deepEqual({ ...origin }, { source: 'network', role: undefined, changedAt: 1000, confirmedAt: 1000 })
  t.mock.timers.setTime(2000)
  origin.installed('file', 1500)
  assert.deepEqual({ ...origin }, { source: 'file', role: undefined, changedAt: 2000, confirmedAt: 1500 })
})

test('of definitions that a program starts from it is not known when they were current', (t) => {
  const origin = originAt(t)
  origin.installed('bootstrap')
  assert.deepEqual([origin.changedAt, origin.confirmedAt], [1000, undefined])
})

test('to be confirmed is to be current now, or at another time, and no change', (t) => {
  const origin = originAt(t)
  origin.installed('cache')
  t.mock.timers.setTime(2000)
  origin.confirmed()
  assert.deepEqual([origin.source, origin.changedAt, origin.confirmedAt], ['cache', 1000, 2000])
  origin.confirmed(1700)
  assert.equal(origin.confirmedAt, 1700)
})

test('that there are none any more is a change, which PostHog confirms', (t) => {
  const origin = originAt(t)
  origin.installed('network')
  t.mock.timers.setTime(3000)
  origin.emptied()
  assert.deepEqual([origin.source, origin.changedAt, origin.confirmedAt], [undefined, 3000, 3000])
})
