'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { Payload, payloadOf } = require('../../lib/evaluation/payloads')
const { flag } = require('../support/observe')
const { openPair } = require('./support/world')

/** As often as it takes for a payload to be copied rather than parsed, and once more. */
const OFTEN = 4

/** @param {string} text */
function assertFresh(text) {
  const payload = new Payload(text)
  const seen = new Set()
  for (let time = 0; time < OFTEN; time += 1) {
    const value = payload.fresh()
    assert.deepEqual(value, JSON.parse(text))
    assert.equal(JSON.stringify(value), JSON.stringify(JSON.parse(text)))
    for (const part of partsOf(value)) {
      assert.ok(!seen.has(part), 'nothing of it was handed out before')
      seen.add(part)
    }
    spoil(value)
  }
}

/** All lists and objects in a value. @param {any} value @returns {object[]} */
function partsOf(value) {
  return typeof value === 'object' && value !== null ? [value, ...Object.values(value).flatMap(partsOf)] : []
}

/** What a caller might do to what it was handed. @param {any} value */
function spoil(value) {
  for (const part of partsOf(value)) {
    if (Array.isArray(part)) {
      part.push('spoilt')
    } else {
      Object.assign(part, { spoilt: true })
    }
  }
}

test('a list or an object of a text is made anew each time, with all that is in it', () => {
  const nested = (/** @type {number} */ depth) => '{"a":'.repeat(depth) + '[1]' + '}'.repeat(depth)
  const wide = (/** @type {number} */ fields) =>
    JSON.stringify(Object.fromEntries(Array.from({ length: fields }, (_, field) => [`f${field}`, { field }])))
  for (const text of [
    '[]',
    '{}',
    '[1,[2,{"a":[3]}],null]',
    '{"a":{"b":{"c":[{}]}},"d":null,"e":[[]]}',
    '{"1":{"a":1},"0":[2],"b":3}',
    '[{"1":[]}]',
    nested(14),
    nested(15),
    nested(16),
    nested(40),
    wide(32),
    wide(33),
    `[${wide(40)}]`,
    JSON.stringify({ long: 'x'.repeat(64 * 1024), list: [1] }),
  ]) {
    assertFresh(text)
  }
})

test('a field of the name __proto__ is a field as any other, wherever it is', () => {
  for (const text of [
    '{"__proto__":{"admin":true}}',
    '{"a":{"__proto__":{"admin":true},"b":1}}',
    '[{"a":[{"__proto__":[1]}]}]',
    '{"a":{"b":{"__proto__":null}}}',
  ]) {
    const payload = new Payload(text)
    for (let time = 0; time < OFTEN; time += 1) {
      const value = payload.fresh()
      assert.equal(JSON.stringify(value), text)
      for (const part of partsOf(value)) {
        assert.ok([Object.prototype, Array.prototype].includes(Object.getPrototypeOf(part)))
      }
    }
  }
})

/**
 * How often a payload's text is parsed while it is asked for so many times.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} text
 */
function parsesOf(t, text) {
  const payload = new Payload(text)
  const { mock } = t.mock.method(JSON, 'parse')
  Array.from({ length: OFTEN + 2 }, () => payload.fresh())
  const count = mock.callCount()
  mock.restore()
  return count
}

test('what is asked for a second time is copied from then on, unless it is parsed sooner', (t) => {
  const nested = (/** @type {number} */ depth) => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth)
  const lists = (/** @type {number} */ depth) => '['.repeat(depth) + ']'.repeat(depth)
  const fields = (/** @type {number} */ count) =>
    JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, field) => [`f${field}`, field])))
  const long = (/** @type {number} */ length) => `["${'x'.repeat(length - 4)}"]`
  for (const text of [
    '[]',
    '{}',
    '[1,{"a":[null]},"text"]',
    '{"a1":[2],"b__proto__":3,"__proto__b":4,"-1":5}',
    nested(16),
    lists(16),
    fields(32),
    `[${fields(32)}]`,
    long(64 * 1024),
  ]) {
    assert.equal(parsesOf(t, text), 2, text.slice(0, 80))
  }
  for (const text of [
    // Copied, elements take longer, and a field of this name would be assigned.
    '{"1":[2]}',
    '{"a":{"5a":1}}',
    '[{"__proto__":1}]',
    '{"b":1,"__proto__":1}',
    nested(17),
    lists(17),
    fields(33),
    `{"a":[1,${fields(33)}]}`,
    long(64 * 1024 + 1),
  ]) {
    assert.equal(parsesOf(t, text), OFTEN + 2, text.slice(0, 80))
  }
})

test('text that is no list and no object is parsed once', (t) => {
  for (const text of ['5', '"a"', 'null', 'false', 'no JSON']) {
    assert.equal(parsesOf(t, text), 1, text)
  }
})

test('what is no list and no object is the same each time, and text that is no JSON is itself', () => {
  for (const [text, value] of /** @type {[string, unknown][]} */ ([
    ['5', 5],
    ['"a"', 'a'],
    ['true', true],
    ['null', null],
    ['not JSON', 'not JSON'],
    ['{"a":', '{"a":'],
  ])) {
    const payload = new Payload(text)
    for (let time = 0; time < OFTEN; time += 1) {
      assert.equal(payload.fresh(), value)
    }
  }
})

test('what a definition holds in another form than text is handed out itself', () => {
  const stored = { a: [1] }
  const payload = new Payload(stored)
  for (let time = 0; time < OFTEN; time += 1) {
    assert.equal(payload.fresh(), stored)
  }
})

test('a payload is found by the value that the flag has', () => {
  const payloads = { true: '"on"', blue: '"paint"', false: '"off"', empty: '', zero: 0 }
  const found = (/** @type {any} */ value) => payloadOf(payloads, value)?.fresh()
  assert.deepEqual([true, 'true', 'blue', 'green', false, null, undefined, 'empty', 'zero'].map(found), [
    'on',
    'on',
    'paint',
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ])
  assert.equal(payloadOf(undefined, true), undefined)
  for (const value of ['false', 'null', 'undefined']) {
    assert.equal(payloadOf({ [value]: '"of a variant"' }, value)?.fresh(), 'of a variant')
  }
  for (const value of [false, null, undefined]) {
    assert.equal(payloadOf({ [String(value)]: '"of a variant"' }, /** @type {any} */ (value)), undefined)
  }
})

test('payloads are those that posthog-node gives, one by one and all together, first and last', async (t) => {
  const payload = (/** @type {unknown} */ stored) => ({
    filters: { groups: [{ properties: [], rollout_percentage: 100 }], payloads: { true: stored } },
  })
  const texts = {
    list: '[1,{"a":[2]}]',
    object: { stored: ['as an object'] },
    nested: '{"a":{"__proto__":{"admin":true}}}',
    number: '5',
    zero: '0',
    words: 'no JSON',
    __proto: '{"of":"another name"}',
  }
  const some = Object.entries(texts).map(([key, stored]) => flag(key, payload(stored)))
  const odd = flag('__proto__', payload('{"inherited":true}'))
  const many = Array.from({ length: 30 }, (_, number) => flag(`flag-${number}`, payload(`{"number":${number}}`)))
  for (const flags of [
    [...some, odd],
    [odd, ...some, ...many],
    [...many, odd],
  ]) {
    const [theirs, ours] = await openPair(t, { flags })
    for (let time = 0; time < OFTEN; time += 1) {
      const [their, our] = await Promise.all(
        [theirs, ours].map((client) => client.getAllFlagsAndPayloads('kari', { onlyEvaluateLocally: true }))
      )
      assert.deepEqual(our.featureFlags, their.featureFlags)
      assert.deepEqual({ ...our.featureFlagPayloads }, { ...their.featureFlagPayloads })
      const [theirPrototype, ourPrototype] = [their, our].map(({ featureFlagPayloads }) =>
        Object.getPrototypeOf(featureFlagPayloads)
      )
      // To assign to the name __proto__ changes what an object inherits.
      assert.deepEqual({ ...ourPrototype }, { ...theirPrototype })
      assert.equal(ourPrototype === Object.prototype, theirPrototype === Object.prototype)
      for (const { key } of flags) {
        const [one, other] = await Promise.all(
          [theirs, ours].map((client) => client.getFeatureFlagPayload(key, 'kari', true, { onlyEvaluateLocally: true }))
        )
        assert.deepEqual(other, one, key)
      }
    }
  }
})

test('a payload that a cache holds as an object is handed out itself each time, as by posthog-node', async (t) => {
  const flags = [
    flag('object', {
      filters: { groups: [{ properties: [], rollout_percentage: 100 }], payloads: { true: { a: [1] } } },
    }),
  ]
  const clients = await openPair(t, { flags })
  for (const client of clients) {
    const read = () => client.getFeatureFlagPayload('object', 'kari', true, { onlyEvaluateLocally: true })
    const first = await read()
    assert.deepEqual(first, { a: [1] })
    assert.equal(await read(), first)
    const { featureFlagPayloads } = await client.getAllFlagsAndPayloads('kari', { onlyEvaluateLocally: true })
    assert.equal(featureFlagPayloads.object, first)
  }
})
