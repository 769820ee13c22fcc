'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { failure, readContext, resolve } = require('../../lib/openfeature/resolution')

/** @param {object} result @returns {any} */
const on = (result) => ({ key: 'f', enabled: true, payload: undefined, ...result })
/** @param {object} [result] @returns {any} */
const off = (result) => ({ key: 'f', enabled: false, payload: undefined, ...result })

/** The value of a result, or the code of the error. @param {any} result @param {any} type @param {any} [otherwise] */
function valueOf(result, type, otherwise = 'default') {
  const { value, errorCode } = resolve(result, type, otherwise)
  if (errorCode !== undefined) {
    assert.equal(value, otherwise)
  }
  return errorCode ?? value
}

test('everything in a context but the targeting key and the groups is of the person', () => {
  const groups = { company: 'acme' }
  const groupProperties = { company: { tier: 'gold' } }
  assert.deepEqual(readContext({ targetingKey: 'kari', plan: 'pro', groups, groupProperties, age: 3 }), {
    personProperties: { plan: 'pro', age: 3 },
    groups,
    groupProperties,
  })
  assert.deepEqual(readContext({}), { personProperties: {}, groups: undefined, groupProperties: undefined })
})

test('groups and their properties are objects, or there are none', () => {
  for (const name of ['groups', 'groupProperties']) {
    for (const [value, said] of [
      ['acme', "'acme' of type string"],
      [5, '5 of type number'],
      [null, 'null'],
      [[], 'an array'],
    ]) {
      const { error } = /** @type {any} */ (readContext({ [name]: value }))
      assert.ok(
        error.startsWith(`expected ${name} in the evaluation context to be an object but received `),
        `${said}: ${error}`
      )
    }
    assert.equal('error' in readContext({ [name]: {} }), false)
  }
})

test('a boolean is whether the flag is on, also where it is off', () => {
  assert.deepEqual(resolve(on({}), 'boolean', false), { value: true, reason: 'TARGETING_MATCH' })
  assert.deepEqual(resolve(off(), 'boolean', true), { value: false, reason: 'DEFAULT' })
})

test('a text is the variant, or a payload that is a text', () => {
  assert.deepEqual(resolve(on({ variant: 'wide', payload: 'text' }), 'string', ''), {
    value: 'wide',
    variant: 'wide',
    reason: 'TARGETING_MATCH',
  })
  assert.equal(valueOf(on({ payload: 'text' }), 'string'), 'text')
  assert.equal(valueOf(on({ variant: '' }), 'string'), '')
  assert.equal(valueOf(on({ payload: 5 }), 'string'), 'TYPE_MISMATCH')
})

test('a number is the variant that is one, or without a variant a payload that is one', () => {
  assert.equal(valueOf(on({ variant: '12.5', payload: 3 }), 'number'), 12.5)
  assert.equal(valueOf(on({ variant: ' 7 ' }), 'number'), 7)
  assert.equal(valueOf(on({ variant: '0' }), 'number'), 0)
  assert.equal(valueOf(on({ payload: 3 }), 'number'), 3)
  for (const variant of ['wide', '', '  ', 'NaN', 'Infinity']) {
    assert.equal(valueOf(on({ variant, payload: 3 }), 'number'), 'TYPE_MISMATCH', variant)
  }
  assert.equal(valueOf(on({ payload: '3' }), 'number'), 'TYPE_MISMATCH')
})

test('an object is a payload that is an object or a list', () => {
  assert.deepEqual(valueOf(on({ variant: 'wide', payload: { a: 1 } }), 'object'), { a: 1 })
  assert.deepEqual(valueOf(on({ payload: [1] }), 'object'), [1])
  for (const payload of [null, undefined, 'text', 5, true]) {
    assert.equal(valueOf(on({ payload }), 'object'), 'TYPE_MISMATCH', String(payload))
  }
})

test('a flag that is on and has nothing of the type is an error that says what it should have', () => {
  const message = (/** @type {any} */ type) => resolve(on({}), type, 'default').errorMessage
  assert.equal(
    message('string'),
    "expected the flag 'f' to have a variant, or a string as its payload, and it has none"
  )
  assert.equal(
    message('number'),
    "expected the flag 'f' to have a number as its variant or as its payload, and it has none"
  )
  assert.equal(message('object'), "expected the flag 'f' to have an object or a list as its payload, and it has none")
})

test('a flag that is off has the default value of each other type, which is no error', () => {
  for (const type of /** @type {const} */ (['string', 'number', 'object'])) {
    assert.deepEqual(resolve(off({ reasonCode: 'no_condition_match' }), type, 'default'), {
      value: 'default',
      reason: 'DEFAULT',
    })
  }
})

test("PostHog's reasons are told as those of OpenFeature", () => {
  for (const [reasonCode, reason] of [
    ['condition_match', 'TARGETING_MATCH'],
    ['super_condition_value', 'TARGETING_MATCH'],
    ['out_of_rollout_bound', 'SPLIT'],
    ['holdout_condition_value', 'SPLIT'],
    ['flag_disabled', 'DISABLED'],
  ]) {
    assert.equal(resolve(on({ reasonCode }), 'boolean', false).reason, reason)
    assert.equal(resolve(off({ reasonCode }), 'boolean', false).reason, reason)
  }
  assert.equal(resolve(on({ reasonCode: 'new_one' }), 'boolean', false).reason, 'TARGETING_MATCH')
  assert.equal(resolve(off({ reasonCode: 'new_one' }), 'boolean', false).reason, 'DEFAULT')
})

test('a failure has the default value, the code and the message', () => {
  assert.deepEqual(failure(3, 'GENERAL', 'it failed'), {
    value: 3,
    reason: 'ERROR',
    errorCode: 'GENERAL',
    errorMessage: 'it failed',
  })
})
