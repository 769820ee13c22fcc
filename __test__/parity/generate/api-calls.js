'use strict'

// Calls of the public API, with everything a caller may pass, over a random document.

const { js } = require('../support/spec.js')
const { randomContext } = require('./calls.js')

/** Property bags only a caller of the whole client can pass: the client copies them before the poller sees anything. */
const STRANGE_BAGS = [
  '({ get plan() { return "pro" }, get age() { return 42 } })',
  '({ get plan() { throw new Error("getter") } })',
  'new (class Person { plan = "pro"; get age() { return 42 } })()',
  'Object.create({ plan: "pro" })',
  'Object.freeze({ plan: "pro" })',
  'new Proxy({ plan: "pro" }, {})',
  'Object.assign(Object.create(null), { plan: "pro" })',
  '({ distinct_id: "other", plan: "pro" })',
  '({ [Symbol("s")]: 1, plan: "pro" })',
  'Object.defineProperty({ age: 5 }, "plan", { value: "pro", enumerable: false })',
  'null',
  '[]',
  '"pro"',
  '() => 1',
].map(js)

const METHODS = [
  'getFeatureFlag',
  'isFeatureEnabled',
  'getFeatureFlagPayload',
  'getFeatureFlagResult',
  'getAllFlags',
  'getAllFlagsAndPayloads',
  'evaluateFlags',
]

/** What the fake server answers for these keys when a call falls back to it. */
const REMOTE_FLAGS = {
  'flag-1': {
    key: 'flag-1',
    enabled: true,
    variant: 'remote',
    reason: { code: 'condition_match', description: 'Matched' },
    metadata: { id: 1, version: 2, payload: '{"from":"server"}' },
  },
  'flag-2': {
    key: 'flag-2',
    enabled: false,
    variant: null,
    reason: { code: 'no_condition_match' },
    metadata: { id: 2, version: 1 },
  },
}

/** @returns {{ method: string, key: string, matchValue: unknown, context: object, options: object }} */
function randomApiCall(random, document) {
  const context = randomContext(random, document.vocabulary)
  if (random.chance(0.12)) {
    context.personProperties = random.pick(STRANGE_BAGS)
  }
  const options = {}
  random.oneOf(
    [5, () => (options.onlyEvaluateLocally = true)],
    [4, () => {}],
    [1, () => (options.onlyEvaluateLocally = false)]
  )
  if (random.chance(0.3)) {
    options.sendFeatureFlagEvents = random.chance(0.5)
  }
  const keys = document.flagKeys.filter((key) => typeof key === 'string')
  if (random.chance(0.3)) {
    options.flagKeys = random.oneOf(
      [6, () => random.sample(keys, 3)],
      [1, () => ['no-such-flag']],
      [1, () => []],
      [1, () => [...random.sample(keys, 1), 'no-such-flag']]
    )
  }
  return {
    method: random.pick(METHODS),
    key: random.chance(0.93) ? random.pick(keys) : 'no-such-flag',
    matchValue: random.pick([undefined, undefined, true, false, 'control', 'test']),
    context,
    options,
  }
}

module.exports = { randomApiCall, REMOTE_FLAGS, METHODS }
