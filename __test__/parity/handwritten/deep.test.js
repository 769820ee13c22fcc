'use strict'

// Documents whose parts nest deeply. Payloads may; of the rest posthog-node reads everything, and ours what nests no more than
// 127 levels, see docs/parity.md.

const test = require('node:test')
const assert = require('node:assert/strict')
const { agrees, onlyOurs, flag, when, property, always, rawJson } = require('../support/handwritten.js')
const { snapshot } = require('../support/native.js')
const { toJson } = require('../support/spec.js')

const nested = (depth = 200) => '['.repeat(depth) + ']'.repeat(depth)
const deep = rawJson(nested())

agrees(
  'payloads may nest deeply, whatever else the flag has',
  {
    flags: [
      flag('deep', always, { filters: { payloads: { true: deep } } }),
      flag('beside', always, { filters: { payloads: { true: [1] } } }),
      // Of fields that come twice the last one counts.
      rawJson(
        `{"key":"replaced","active":true,"filters":null,"filters":true,"filters":-1,"filters":1,"filters":1.5,"filters":"text",` +
          `"filters":"\\u0041","filters":[1],"filters":{"groups":[{}],"payloads":5,"payloads":{"true":${nested()}}}}`
      ),
      rawJson(`{"key":"no more","active":true,"filters":{"payloads":${nested()}},"filters":{"groups":[{}]}}`),
    ],
  },
  [
    [
      {},
      { deep: true, beside: true, replaced: true, 'no more': true },
      { payloads: { deep: JSON.parse(nested()), beside: [1], replaced: JSON.parse(nested()) } },
    ],
  ]
)

/** Evaluates all flags: those named are undecided, each with an `error` event of its own, and `on` is on. */
const unreadable =
  (...keys) =>
  async (opened) => {
    const { response, fallbackToFlags } = await opened.evaluateAll()
    assert.deepEqual(response, { on: true })
    assert.equal(fallbackToFlags, true)
    const told = opened.takeErrors()
    for (const key of keys) {
      const own = told.filter((message) => message.startsWith(`Error computing flag locally: ${key}: `))
      assert.equal(own.length, 1, key)
      assert.match(own[0], /more than 12[07] levels/, key)
    }
    assert.equal(told.length, keys.length)
  }

const needs = (key, on) =>
  flag(key, [when([{ key: on, type: 'flag', operator: 'flag_evaluates_to', value: true, dependency_chain: [on] }])])
const inCohort = (key, id) => flag(key, [when([{ key: 'id', type: 'cohort', value: id }])])

agrees('a list among the flags is off at any depth', { flags: [deep, flag('on', always)] }, [
  [{}, { undefined: false, on: true }],
])

onlyOurs(
  'a flag that nests too deeply is undecided, with those that need it, and no other',
  {
    flags: [
      flag('deep', [when([property('plan', 'exact', deep)])]),
      flag('with payloads', [when([property('plan', 'exact', deep)])], { filters: { payloads: { true: deep } } }),
      needs('dependent', 'deep'),
      flag('on', always),
    ],
  },
  unreadable('deep', 'with payloads', 'dependent')
)

test('a flag whose key nests too deeply is left out of a document that is text', async () => {
  const opened = await snapshot.open(toJson({ flags: [flag(deep, always), flag('on', always)], cohorts: {} }))
  assert.deepEqual(
    opened.flags.map(({ key }) => key),
    ['on']
  )
  assert.match(opened.loadErrors.join(), /flags\[0\].*127 levels/)
})

const deepCohort = { type: 'AND', values: [property('plan', 'exact', deep)] }
for (const [form, cohorts] of Object.entries({
  'a list': [deepCohort, {}],
  'an object': { 0: deepCohort, 1: {} },
})) {
  onlyOurs(
    `a cohort that nests too deeply costs those who ask for it alone, if cohorts are ${form}`,
    { flags: [inCohort('member', 0), needs('dependent', 'member'), inCohort('on', 1)], cohorts },
    unreadable('member', 'dependent')
  )
}

onlyOurs(
  'deep payloads that JSON.parse reads as infinite, or with half a character, leave their flag undecided',
  {
    flags: [
      flag('infinite', always, { filters: { payloads: { true: [rawJson('1e400'), deep] } } }),
      flag('half', always, { filters: { payloads: { true: [rawJson('"\\ud800"'), deep] } } }),
      flag('on', always),
    ],
  },
  unreadable('infinite', 'half')
)
