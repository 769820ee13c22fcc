'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { LocalEvaluator } = require('../..')
const { NATIVE, flag } = require('../support/observe')
const { openWorld, recordConsole } = require('./support/world')

const person = (/** @type {string} */ key) => ({
  filters: {
    groups: [{ properties: [{ key, operator: 'exact', value: 'x', type: 'person' }], rollout_percentage: 100 }],
  },
})
const DEFINITIONS = {
  group_type_mapping: { 0: 'company', 1: 'toString' },
  flags: [
    flag('by plan', person('plan')),
    flag('by toString', person('toString')),
    flag('by distinct id', person('distinct_id')),
    flag('for companies', {
      filters: {
        aggregation_group_type_index: 0,
        groups: [
          { properties: [{ key: 'name', operator: 'exact', value: 'x', type: 'group' }], rollout_percentage: 100 },
        ],
      },
    }),
    flag('for an odd type', {
      filters: {
        aggregation_group_type_index: 1,
        groups: [
          { properties: [{ key: 'name', operator: 'exact', value: 'x', type: 'group' }], rollout_percentage: 100 },
        ],
      },
    }),
    flag('for any of an odd type', {
      filters: { aggregation_group_type_index: 1, groups: [{ rollout_percentage: 100 }] },
    }),
    flag('valueOf', { ensure_experience_continuity: true }),
    flag('__proto__'),
    flag('toString', { active: false }),
  ],
}

test('text and bytes may begin with a byte order mark', () => {
  for (const text of [JSON.stringify(DEFINITIONS), `\uFEFF${JSON.stringify(DEFINITIONS)}`]) {
    for (const given of [text, Buffer.from(text), new Uint8Array(Buffer.from(text))]) {
      assert.equal(
        new LocalEvaluator(given).getFeatureFlag('by plan', 'kari', { personProperties: { plan: 'x' } }),
        true
      )
    }
  }
})

test('what a person inherits or hides is no property of theirs', () => {
  const evaluator = new LocalEvaluator(DEFINITIONS)
  for (const personProperties of [
    Object.create({ plan: 'x' }),
    Object.defineProperty({}, 'plan', { value: 'x', enumerable: false }),
    new (class {
      get plan() {
        return 'x'
      }
    })(),
  ]) {
    const options = { personProperties }
    assert.equal(evaluator.getFeatureFlag('by plan', 'kari', options), undefined)
    assert.equal('by plan' in evaluator.getAllFlags('kari', options), false)
    assert.equal('by plan' in evaluator.getAllFlagsAndPayloads('kari', options).featureFlags, false)
    assert.equal(evaluator.getFeatureFlagResult('by plan', 'kari', options), undefined)
    assert.deepEqual(evaluator.explain('by plan', 'kari', options)?.missing.personProperties, ['plan'])
  }
  assert.equal(evaluator.getFeatureFlag('by toString', 'kari', { personProperties: {} }), undefined)
  assert.equal(evaluator.getFeatureFlag('by toString', 'kari', { personProperties: { toString: 'x' } }), true)
})

test('what every object inherits was not given, of a person or of a group', () => {
  const evaluator = new LocalEvaluator(DEFINITIONS)
  const missing = (/** @type {string} */ key, /** @type {any} */ options) =>
    evaluator.explain(key, 'kari', options)?.missing
  assert.deepEqual(missing('by toString', {}), { personProperties: ['toString'], groups: {} })
  assert.deepEqual(missing('by toString', { personProperties: { toString: 'x' } }), {
    personProperties: [],
    groups: {},
  })
  assert.deepEqual(missing('for companies', {}), { personProperties: [], groups: { company: ['name'] } })
  const acme = { groups: { company: 'acme' } }
  assert.deepEqual(missing('for companies', acme), { personProperties: [], groups: { company: ['name'] } })
  const small = { ...acme, groupProperties: { company: { name: 'x' } } }
  assert.deepEqual(missing('for companies', small), { personProperties: [], groups: {} })
  // Functions have a name, and so has what every object inherits.
  const any = (/** @type {any} */ groups) => Object.entries(missing('for any of an odd type', { groups })?.groups ?? {})
  assert.deepEqual(any({}), [['toString', []]])
  assert.deepEqual(any(undefined), [['toString', []]])
  assert.deepEqual(any({ toString: 'red' }), [])
  const odd = missing('for an odd type', { groups: {} })
  assert.deepEqual(Object.entries(odd?.groups ?? {}), [['toString', ['name']]])
  assert.deepEqual(
    { ...missing('for an odd type', { groups: Object.create({ toString: 'red' }) })?.groups },
    odd?.groups
  )
  assert.deepEqual(
    missing('for an odd type', { groups: { toString: 'red' }, groupProperties: { toString: { name: 'x' } } })?.groups,
    {}
  )
})

test('a flag is explained with what it reads, its value and why it has none', () => {
  const evaluator = new LocalEvaluator(DEFINITIONS)
  const { conditions, ...explanation } = Object(
    evaluator.explain('by plan', 'kari', { personProperties: { plan: 'x' } })
  )
  assert.equal(conditions[0].properties[0].given, 'x')
  assert.deepEqual(explanation, {
    key: 'by plan',
    value: true,
    payload: undefined,
    unresolvedReason: undefined,
    reasonCode: 'condition_match',
    conditionIndex: 0,
    holdout: undefined,
    isWhole: true,
    reads: { personProperties: ['plan'], groups: {} },
    missing: { personProperties: [], groups: {} },
  })
  assert.equal(evaluator.explain('by plan', 'kari')?.unresolvedReason, 'missing_context')
  assert.equal(evaluator.explain('missing', 'kari'), undefined)
  assert.equal(evaluator.explain('constructor', 'kari'), undefined)
  assert.deepEqual(evaluator.explain('toString', 'kari')?.value, false)
  assert.deepEqual(evaluator.explain('valueOf', 'kari')?.value, undefined)
  assert.deepEqual(evaluator.explain('by toString', 'kari')?.unresolvedReason, 'missing_context')
  assert.deepEqual(evaluator.explain('__proto__', 'kari')?.key, '__proto__')
})

test('a flag that there is not has no value, whatever objects inherit', () => {
  const evaluator = new LocalEvaluator({ flags: [flag('on')] })
  for (const key of ['toString', 'constructor', '__proto__', 'hasOwnProperty', '']) {
    assert.equal(evaluator.getFeatureFlag(key, 'kari'), undefined)
    assert.equal(evaluator.getFeatureFlagResult(key, 'kari'), undefined)
  }
  assert.deepEqual(evaluator.getAllFlags('kari', { flagKeys: ['toString', 'on'] }), { on: true })
})

test('the result of a flag tells its value in the forms of posthog-node', () => {
  const evaluator = new LocalEvaluator({
    flags: [
      flag('off', { active: false }),
      flag('nobody', { filters: { groups: [{ properties: [], rollout_percentage: 0 }] } }),
      flag('layout', {
        filters: {
          groups: [{ properties: [], rollout_percentage: 100 }],
          multivariate: { variants: [{ key: 'wide', rollout_percentage: 100 }] },
          payloads: { wide: '{"a":1}' },
        },
      }),
    ],
  })
  const reason = 'Evaluated locally'
  assert.deepEqual(evaluator.getFeatureFlagResult('layout', 'kari'), {
    key: 'layout',
    enabled: true,
    variant: 'wide',
    payload: { a: 1 },
    reason,
    reasonCode: undefined,
  })
  const off = { enabled: false, variant: undefined, payload: undefined, reason }
  assert.deepEqual(evaluator.getFeatureFlagResult('off', 'kari'), { key: 'off', ...off, reasonCode: 'flag_disabled' })
  assert.deepEqual(evaluator.getFeatureFlagResult('nobody', 'kari'), { key: 'nobody', ...off, reasonCode: undefined })
})

test('what are no definitions is refused, with what came', () => {
  for (const [given, message] of /** @type {[any, RegExp][]} */ ([
    [undefined, /^Expected flag definitions as an object, JSON text or a Uint8Array but received undefined; /],
    [null, /received null; /],
    [5, /received number; /],
    [new ArrayBuffer(4), /received ArrayBuffer, whose bytes a Uint8Array can be made of; /],
    [new Uint16Array(4), /received Uint16Array, whose bytes/],
    [new DataView(new ArrayBuffer(4)), /received DataView, whose bytes/],
  ])) {
    assert.throws(
      () => new LocalEvaluator(given),
      (/** @type {any} */ error) => error instanceof TypeError && message.test(error.message)
    )
  }
  assert.throws(() => new LocalEvaluator('{'), TypeError)
  assert.throws(() => new LocalEvaluator({ flags: [] }, /** @type {any} */ ({ evaluationContexts: 'web' })), {
    name: 'TypeError',
    message: 'Expected evaluationContexts to be an array of strings but received string',
  })
})

test('flags of other evaluation contexts are left out', () => {
  const flags = [
    flag('web', { evaluation_contexts: ['web'] }),
    flag('api', { evaluation_contexts: ['api'] }),
    flag('any'),
  ]
  const keys = (/** @type {any} */ options) => Object.keys(new LocalEvaluator({ flags }, options).getAllFlags('kari'))
  assert.deepEqual(keys({ evaluationContexts: ['web'] }), ['web', 'any'])
  assert.deepEqual(keys({}), ['web', 'api', 'any'])
  assert.deepEqual(keys(undefined), ['web', 'api', 'any'])
})

test('options may be null, and keys choose flags', () => {
  const evaluator = new LocalEvaluator({ flags: [flag('a'), flag('b')] })
  const none = /** @type {any} */ (null)
  assert.deepEqual(evaluator.getAllFlags('kari', none), { a: true, b: true })
  assert.deepEqual(evaluator.getAllFlags('kari', { flagKeys: ['b'] }), { b: true })
  assert.deepEqual(evaluator.getAllFlagsAndPayloads('kari', none).featureFlags, { a: true, b: true })
  assert.deepEqual(evaluator.getAllFlagsAndPayloads('kari', { flagKeys: ['b'] }).featureFlags, { b: true })
})

test('one that was disposed of says so, however often that was asked for', () => {
  const evaluator = new LocalEvaluator({ flags: [flag('a')] })
  evaluator.dispose()
  evaluator.dispose()
  for (const use of [
    () => evaluator.getFeatureFlag('a', 'kari'),
    () => evaluator.getAllFlags('kari'),
    () => evaluator.explain('a', 'kari'),
  ]) {
    assert.throws(use, {
      code: 'ERR_POSTHOG_NATIVE_DISPOSED',
      message:
        'Expected a LocalEvaluator that is in use but this one was disposed; ' +
        'evaluate flags before dispose(), or make another evaluator',
    })
  }
  if (typeof Symbol.dispose === 'symbol') {
    assert.equal(/** @type {any} */ (evaluator)[Symbol.dispose], evaluator.dispose)
  }
})

test('that of a client knows no flag before the first load, and goes on after it was disposed of', async (t) => {
  const { open } = await openWorld(t, { flags: [flag('a')] })
  const client = open(NATIVE)
  const { localEvaluator } = client
  assert.equal(localEvaluator.getFeatureFlag('a', 'kari'), undefined)
  assert.equal(localEvaluator.getFeatureFlagResult('a', 'kari'), undefined)
  assert.equal(localEvaluator.explain('a', 'kari'), undefined)
  assert.deepEqual(localEvaluator.getAllFlags('kari'), {})
  assert.deepEqual(localEvaluator.getAllFlagsAndPayloads('kari'), { featureFlags: {}, featureFlagPayloads: {} })
  await client.reloadFeatureFlags()
  localEvaluator.dispose()
  assert.equal(localEvaluator.getFeatureFlag('a', 'kari'), true)
})

test('an evaluator that fails has no answer and tells once; what a caller throws is thrown', (t) => {
  const warnings = recordConsole(t, 'warn')
  const evaluator = new LocalEvaluator({ flags: [flag('a')] })
  const panic = Object.assign(new Error('it panicked'), { code: 'ERR_POSTHOG_NATIVE_PANIC' })
  const snapshot = /** @type {any} */ (evaluator)._snapshot()
  const fail = (/** @type {any} */ holder, /** @type {string[]} */ names, /** @type {Error} */ error) => {
    for (const name of names) {
      holder[name] = () => {
        throw error
      }
    }
  }
  fail(snapshot._evaluator, ['_one', '_some', '_all'], panic)
  assert.equal(evaluator.getFeatureFlag('a', 'kari'), undefined)
  assert.equal(evaluator.getFeatureFlagResult('a', 'kari'), undefined)
  assert.deepEqual(evaluator.getAllFlags('kari'), {})
  assert.deepEqual(evaluator.getAllFlagsAndPayloads('kari'), { featureFlags: {}, featureFlagPayloads: {} })
  assert.equal(warnings.length, 1)
  fail(snapshot, ['valueOf', 'evaluate', 'evaluateAll', 'valuesOfAll'], new RangeError('of a caller'))
  assert.throws(() => evaluator.getFeatureFlag('a', 'kari'), /of a caller/)
  assert.throws(() => evaluator.getFeatureFlagResult('a', 'kari'), /of a caller/)
  assert.throws(() => evaluator.getAllFlags('kari'), /of a caller/)
  assert.throws(() => evaluator.getAllFlagsAndPayloads('kari'), /of a caller/)
})
