'use strict'

// Very many flags ask for the same large thing. It is looked at once for all of them: where definitions are compiled, and
// where each flag is asked for the first time.

const assert = require('node:assert/strict')
const { it } = require('node:test')

const { LocalEvaluator } = require('../../..')
const { flag } = require('../../support/flags')
const { threadTime } = require('./support/cpu')

const FLAGS = 2000
const SIZE = 4000

const when = (/** @type {unknown[]} */ ...properties) => ({ filters: { groups: [{ properties }] } })
const is = (/** @type {string} */ key, /** @type {unknown} */ value, operator = 'exact') => ({
  key,
  value,
  operator,
  type: 'person',
})
const memberOf = (/** @type {number} */ value) => ({ key: 'id', type: 'cohort', value })
const needs = (/** @type {string} */ key) => ({ key, type: 'flag', value: true, dependency_chain: [key] })
const either = (/** @type {unknown[]} */ values) => ({ type: 'OR', values })
const times = (/** @type {number} */ count, /** @type {(place: number) => any} */ make) =>
  Array.from({ length: count }, (_, place) => make(place))

/**
 * What all flags ask for, and what there is beside them.
 *
 * @type {Record<string, { asks: (place: number) => any, flags?: any[], cohorts?: Record<string, any> }>}
 */
const SHARED = {
  'a cohort of very many filters': {
    asks: () => memberOf(1),
    cohorts: { 1: either(times(SIZE, (place) => is('email', `user-${place}@hedgehog.example`))) },
  },
  'a cohort of a filter with very many values': {
    asks: () => memberOf(1),
    cohorts: {
      1: either([
        is(
          'email',
          times(SIZE, (place) => `user-${place}@hedgehog.example`)
        ),
      ]),
    },
  },
  'a cohort of very many groups': {
    asks: () => memberOf(1),
    cohorts: { 1: either(times(SIZE, (place) => either([is('email', `user-${place}@hedgehog.example`)]))) },
  },
  'a cohort of very many texts that may be dates': {
    asks: () => memberOf(1),
    cohorts: { 1: either(times(SIZE, (place) => is('born', `March 7, ${1900 + place}`, 'is_date_before'))) },
  },
  'cohorts that hold a large one, each by way of another': {
    asks: (place) => memberOf(1 + (place % 50)),
    cohorts: {
      ...Object.fromEntries(times(50, (place) => [place + 1, either([memberOf(place + 2), memberOf(place + 2)])])),
      51: either(times(SIZE, (place) => is('email', `user-${place}@hedgehog.example`))),
    },
  },
  'a flag of very many filters': {
    asks: () => needs('shared'),
    flags: [flag('shared', when(...times(SIZE, (place) => is('email', `user-${place}@hedgehog.example`))))],
  },
}

for (const [name, { asks, flags = [], cohorts = {} }] of Object.entries(SHARED)) {
  it(`many flags that ask for ${name} cost about as much as one that does`, () => {
    const document = (/** @type {(place: number) => boolean} */ asksForIt) =>
      JSON.stringify({
        flags: flags.concat(
          times(FLAGS, (place) => flag(`flag ${place}`, when(asksForIt(place) ? asks(place) : is('plan', `${place}`))))
        ),
        cohorts,
        group_type_mapping: {},
      })
    const person = { plan: 'free', email: 'user-0@hedgehog.example', born: '2020-01-01' }
    /** The time of this thread in the fastest of some runs, in milliseconds. */
    const cost = (/** @type {string} */ text) =>
      Math.min(
        ...times(3, () => {
          const start = threadTime()
          const evaluator = new LocalEvaluator(text)
          for (let place = 0; place < FLAGS; place++) {
            evaluator.getFeatureFlag(`flag ${place}`, 'user', { personProperties: person })
          }
          return threadTime() - start
        })
      )
    const many = cost(document(() => true))
    const one = cost(document((place) => place === 0))
    assert.ok(many < 12 * one, `${many} ms for many, ${one} ms for one`)
  })
}
