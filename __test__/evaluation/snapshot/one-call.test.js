'use strict'

// Runs alone: it measures.

const test = require('node:test')
const assert = require('node:assert/strict')
const { FlagDefinitions } = require('../../../lib/addon/load-binding.js')
const { HOOKS } = require('../../../lib/evaluation/hooks.js')
const { Snapshot } = require('../../../lib/evaluation/snapshot.js')
const { flag } = require('../../support/flags.js')

/** @param {any} document */
const compile = (document) => FlagDefinitions.compile(JSON.stringify({ cohorts: {}, ...document }), 'cache', [])

/** @param {any[]} flags */
const snapshotOf = (...flags) => new Snapshot(compile({ flags }))

const when = (/** @type {string} */ key, /** @type {any[]} */ ...properties) =>
  flag(key, { filters: { groups: [{ properties }] } })

const isPro = { key: 'plan', value: 'pro', operator: 'exact' }

const depends = (/** @type {string} */ key, /** @type {string} */ link) =>
  when(key, { type: 'flag', key: link, value: true, dependency_chain: [link] })

/** @param {any} personProperties */
const contextOf = (personProperties) => ({ distinctId: 'kari', groups: {}, personProperties, groupProperties: {} })

/** @param {(message: string) => void} [hear] */
function reporter(hear = () => {}) {
  /** @type {string[]} */
  const errors = []
  const error = (/** @type {Error} */ { message }) => {
    errors.push(message)
    hear(message)
  }
  return { errors, error, debug() {}, debugging: false }
}

/** Ways to ask, which have to agree. @type {Record<string, (snapshot: Snapshot, context: any, to: any) => any>} */
const WAYS = {
  'all flags': (snapshot, context, to) => snapshot.evaluateAll(context, undefined, to).response,
  'the values of all flags': (snapshot, context, to) => snapshot.valuesOfAll(context, to),
  'flags by key': (snapshot, context, to) =>
    snapshot.evaluateAll(
      context,
      snapshot.featureFlags.map(({ key }) => key),
      to
    ).response,
  'one flag after the other': (snapshot, context, to) =>
    Object.fromEntries(
      snapshot.featureFlags
        .map((record) => [record.key, snapshot.valueOf(record, context, to)])
        .filter(([, value]) => value !== undefined)
    ),
}

const FLAGS = [
  when('pro', isPro),
  when('like pro', { ...isPro, operator: 'icontains' }),
  when('dated', { key: 'date', value: '2024-01-01', operator: 'is_date_after' }),
  flag('always'),
  flag('bad', { filters: { groups: 5 } }),
]

for (const [outerWay, outer] of Object.entries(WAYS)) {
  for (const [innerWay, inner] of Object.entries(WAYS)) {
    test(`${innerWay} may be asked for in the middle of a call for ${outerWay}`, () => {
      const snapshot = snapshotOf(...FLAGS)
      const free = contextOf({ plan: 'free', date: new Date('2020-01-01') })
      const expected = {
        free: { pro: false, 'like pro': false, dated: false, always: true },
        pro: { pro: true, 'like pro': true, dated: true, always: true },
      }
      /** @type {any[]} */
      const heard = []
      const innerErrors = reporter()
      const ask = () => void heard.push(inner(snapshot, free, innerErrors))
      const persons = [
        // A property that is read by a function.
        Object.defineProperties(
          {},
          {
            plan: { get: () => (ask(), 'pro'), enumerable: true },
            date: { value: new Date('2025-01-01'), enumerable: true },
          }
        ),
        // A value whose text has to be asked for.
        { plan: { toString: () => (ask(), 'pro') }, date: new Date('2025-01-01') },
        { plan: 'pro', date: Object.assign(new Date('2025-01-01'), { valueOf: () => (ask(), 1735689600000) }) },
        { plan: 'pro', date: new Date('2025-01-01') },
      ]
      for (const person of persons) {
        const to = reporter(ask)
        for (let call = 0; call < 3; call++) {
          const answer = outer(snapshot, contextOf(person), to)
          if (typeof person.plan === 'string') {
            assert.deepEqual(answer, expected.pro)
          } else {
            assert.equal(answer['like pro'], true)
          }
        }
        assert.equal(to.errors.length, 3)
        assert.ok(to.errors.every((message) => message.includes(': bad: ')))
      }
      assert.ok(heard.length > 0)
      for (const answer of heard) {
        assert.deepEqual(answer, expected.free)
      }
      assert.equal(innerErrors.errors.length, heard.length, 'each call tells of its own failures')
    })
  }
}

test('a property that cannot be read costs the caller the flags that read it, whatever way they are asked for', () => {
  const person = {
    plan: 'pro',
    get date() {
      throw new Error('out of reach')
    },
  }
  for (const [way, ask] of Object.entries(WAYS)) {
    const to = reporter()
    const answer = ask(snapshotOf(...FLAGS), contextOf(person), to)
    assert.deepEqual(answer, { pro: true, 'like pro': true, always: true }, way)
    assert.deepEqual(
      to.errors.map((message) => message.split(': ')[1]),
      ['dated', 'bad'],
      way
    )
  }
})

test('each input is read once in a call, however many flags read it', () => {
  let reads = 0
  const person = {
    get plan() {
      reads += 1
      return 'pro'
    },
  }
  const snapshot = snapshotOf(...Array.from({ length: 30 }, (_, index) => when(`flag-${index}`, isPro)))
  const keys = snapshot.featureFlags.map(({ key }) => key)
  for (const flagKeys of [undefined, keys, keys.slice(0, 2), [...keys, ...keys]]) {
    reads = 0
    const { response } = snapshot.evaluateAll(contextOf(person), flagKeys, reporter())
    assert.equal(reads, 1)
    assert.equal(
      Object.values(response).every((value) => value === true),
      true
    )
  }
})

test('flags by key that share the flags they depend on cost as much as all flags together, not as much as each alone', () => {
  const count = 90
  const chain = [
    flag('flag-0'),
    ...Array.from({ length: count }, (_, index) => depends(`flag-${index + 1}`, `flag-${index}`)),
  ]
  // A filter that is slow to test is so for each flag that comes by it.
  chain[0] = when('flag-0', { key: 'text', value: 'x'.repeat(1000), operator: 'not_icontains' })
  const snapshot = snapshotOf(...chain)
  const text = 'y'.repeat(100_000)
  const keys = snapshot.featureFlags.map(({ key }) => key).reverse()
  const time = (/** @type {string[] | undefined} */ flagKeys) => {
    let best = Infinity
    for (let round = 0; round < 7; round++) {
      const started = process.hrtime.bigint()
      const { response } = snapshot.evaluateAll(contextOf({ text }), flagKeys, reporter())
      best = Math.min(best, Number(process.hrtime.bigint() - started))
      assert.equal(response[`flag-${count}`], true)
    }
    return best
  }
  const all = time(undefined)
  const byKey = time(keys)
  assert.ok(byKey < 10 * all, `all took ${all} ns, by key ${byKey} ns`)
})

test('keys that are unknown, repeated or nothing at all are as good as not asked for', () => {
  const snapshot = snapshotOf(...FLAGS)
  const ask = (/** @type {any[]} */ keys, to = reporter()) => snapshot.evaluateAll(contextOf({ plan: 'pro' }), keys, to)
  assert.deepEqual(ask([]).response, {})
  assert.deepEqual(ask(['nobody', 'pro', '', 'pro', '__proto__', undefined, 7]).response, { pro: true })
  assert.deepEqual(Object.keys(ask(['always', 'pro']).response), ['always', 'pro'])
  const to = reporter()
  assert.deepEqual(ask(['bad', 'pro', 'bad'], to).response, { pro: true })
  assert.equal(to.errors.length, 2, 'as posthog-node, once for each time')
  assert.deepEqual(ask(['dated', 'nobody']).unresolved, { dated: 'missing_context' })
})

test('hundreds of thousands of keys are answered', () => {
  const snapshot = snapshotOf(...FLAGS)
  const keys = Array.from({ length: 300_000 }, (_, index) => (index % 2 ? 'always' : 'pro'))
  assert.deepEqual(snapshot.evaluateAll(contextOf({ plan: 'pro' }), keys, reporter()).response, {
    pro: true,
    always: true,
  })
})

const CALL = { code: 'ERR_POSTHOG_NATIVE_CALL' }

/** Memory that no result can be written to. @type {Record<string, () => unknown>} */
const USELESS = {
  nothing: () => undefined,
  'a number': () => 5,
  'an object': () => ({ byteLength: 4096 }),
  'a typed array': () => new Uint16Array(64),
  'too little': () => new ArrayBuffer(1),
  'memory that was taken away': () => {
    const buffer = new ArrayBuffer(64)
    structuredClone(buffer, { transfer: [buffer] })
    return buffer
  },
  'memory of several threads': () => new SharedArrayBuffer(4096),
  'memory that has shrunk': () => {
    const Resizable = /** @type {any} */ (ArrayBuffer)
    const buffer = new Resizable(4096, { maxByteLength: 4096 })
    buffer.resize(0)
    return buffer
  },
}

for (const [what, make] of Object.entries(USELESS)) {
  test(`the native functions refuse to write to ${what}`, () => {
    const { some, all } = compile({ flags: FLAGS }).evaluator(HOOKS)
    assert.throws(() => all(make(), 'kari'), CALL)
    assert.throws(() => some(make(), 'kari'), CALL)
  })
}

test('the native functions refuse an exchange that asks for more than it holds, or for flags that there are not', () => {
  const { some } = compile({ flags: FLAGS }).evaluator(HOOKS)
  for (const numbers of [
    [-1, 0],
    [0, -1],
    [-1, -1],
    [1 << 30, 0],
    [2, 0, 0],
    [1, 0, 99],
    [1, 0, -1],
  ]) {
    assert.throws(() => some(Int32Array.from(numbers).buffer, 'kari'), CALL)
  }
})

test('memory that is taken away in the middle of a call costs that call its flags, and nobody else anything', () => {
  const flags = [when('like pro', { ...isPro, operator: 'icontains' }), flag('always')]
  const snapshot = snapshotOf(...flags)
  const evaluator = snapshot._evaluator
  const { _all: all, _some: some } = evaluator
  /** @type {ArrayBuffer | undefined} */
  let taken
  const steal = () => {
    if (taken !== undefined && taken.byteLength > 0) {
      const other = structuredClone(taken, { transfer: [taken] })
      new Uint8Array(other).fill(7)
      kept.push(other)
    }
    return 'pro'
  }
  /** @type {ArrayBuffer[]} */
  const kept = []
  const watch =
    (/** @type {Function} */ native) =>
    (/** @type {any[]} */ ...given) => {
      taken = given[0]
      return native(...given)
    }
  evaluator._all = watch(all)
  evaluator._some = watch(some)
  const person = contextOf({ plan: { toString: steal } })
  const to = reporter()
  for (const keys of [undefined, ['always', 'like pro']]) {
    snapshot.evaluateAll(person, keys, to)
    assert.ok(kept.length > 0)
    assert.ok(kept.every((buffer) => new Uint8Array(buffer).every((byte) => byte === 7)))
  }
  taken = undefined
  evaluator._all = all
  evaluator._some = some
  for (const keys of [undefined, ['always', 'like pro']]) {
    assert.deepEqual(snapshot.evaluateAll(contextOf({ plan: 'pro' }), keys, reporter()).response, {
      'like pro': true,
      always: true,
    })
  }
})

const DOCUMENT = Buffer.from(JSON.stringify({ flags: [flag('a')], cohorts: {} }))

test('definitions are read from shared memory as from any other', () => {
  const bytes = new Uint8Array(new SharedArrayBuffer(DOCUMENT.length + 4), 4)
  bytes.set(DOCUMENT)
  assert.deepEqual(JSON.parse(FlagDefinitions.compile(bytes, 'cache', []).keys()), ['a'])
})

test('definitions in memory that is gone, before the call or in the middle of it, are no JSON', () => {
  const take = (/** @type {Uint8Array} */ { buffer }) => structuredClone(buffer, { transfer: [buffer] })
  const bytes = () => Uint8Array.from(DOCUMENT)
  const gone = bytes()
  take(gone)
  assert.throws(() => FlagDefinitions.compile(gone, 'cache', []), TypeError)
  const going = bytes()
  const contexts = Object.defineProperty([''], 0, { get: () => (take(going), 'web') })
  assert.throws(() => FlagDefinitions.compile(going, 'cache', contexts), TypeError)
})
