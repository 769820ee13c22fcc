'use strict'

// Values of every kind with every operator beside posthog-node: the same answer, and what an answer costs is bounded by what
// the operator has to know.
//
// Runs alone: it measures.

const assert = require('node:assert/strict')
const { after, before, describe, it } = require('node:test')

const { openBoth } = require('../../support/both-clients')
const { flag } = require('../../support/flags')

const MEGABYTES = 2_000_000

/** @type {[operator: string, value: unknown][]} */
const TESTS = [
  ['is_set', 'is_set'],
  ['is_not_set', 'is_not_set'],
  ['exact', 'pro'],
  ['exact', ['pro', '["a",["b"]]']],
  ['exact', 'true'],
  ['is_not', '{"a":0.5}'],
  ['icontains', 'needle'],
  ['not_icontains', 'a,b'],
  ['starts_with', 'x'],
  ['ends_with', 'x'],
  ['regex', 'needle'],
  ['not_regex', '^x+$'],
  ['gt', 5],
  ['lte', 'abc'],
  ['is_date_before', '2024-01-01'],
  ['is_date_after', '-7d'],
  ['semver_gte', '1.2.3'],
  ['semver_caret', '1.2.3'],
]

/** @param {number} length @param {(place: number) => unknown} make */
const list = (length, make) => Array.from({ length }, (_, place) => make(place))

/** @type {Record<string, unknown>} */
const VALUES = {
  'a short text': 'pro',
  'a list of texts': list(1000, (place) => `item ${place}`),
  'a list of numbers': list(1000, (place) => place),
  'a list of lists': list(200, (place) => [`item ${place}`, ['b', [place + 0.5]]]),
  'a list of dates': list(50, (place) => new Date(place)),
  'a short list of lists': ['a', ['b']],
  'a true list': ['true', true, ['TRUE']],
  'a list of 50,000 holes': new Array(50_000),
  'an object of 1000 keys': Object.fromEntries(list(1000, (place) => [`key ${place}`, place + 0.5])),
  'an object of objects': { a: { b: { c: ['x', { d: null }] } } },
  'a small object': { a: 0.5 },
  'bytes of megabytes': Buffer.alloc(MEGABYTES, 'x'),
  'a typed array': new Uint8Array(10_000),
  'an ArrayBuffer': new ArrayBuffer(MEGABYTES),
  'a date': new Date('2024-02-29T12:00:00Z'),
  'an invalid date': new Date(NaN),
  'a bigint': 10n ** 20n,
  'a map': new Map([['a', 'b']]),
  'a set': new Set(['a']),
  'an instance of a class': new (class Person {
    name = 'kari'
  })(),
  'a function': () => 'pro',
  'a text object': new String('pro'),
  'a text of megabytes': 'x'.repeat(MEGABYTES),
  'a text of megabytes that starts like a version': `1.2.3-${'x'.repeat(MEGABYTES)}`,
  'a text of megabytes that starts like a number': `7 ${'x'.repeat(MEGABYTES)}`,
  'digits of megabytes': '9'.repeat(MEGABYTES),
  'blanks of megabytes': ' '.repeat(MEGABYTES),
  'a text of megabytes beyond ASCII': 'é'.repeat(MEGABYTES / 2),
  'a text of megabytes that ends beyond ASCII': `${'x'.repeat(MEGABYTES)}é`,
  'a text of megabytes that ends in a needle beyond ASCII': `é${'x'.repeat(MEGABYTES)}NEEDLE`,
  'emoji of megabytes': '😀'.repeat(MEGABYTES / 4),
  'a text of megabytes that ends in half a character': `${'x'.repeat(MEGABYTES)}\ud83d`,
}

const keyOf = (/** @type {number} */ place) => `${place} ${TESTS[place][0]}`

const DEFINITIONS = {
  flags: TESTS.map(([operator, value], place) =>
    flag(keyOf(place), { filters: { groups: [{ properties: [{ key: 'p', type: 'person', operator, value }] }] } })
  ),
  group_type_mapping: {},
  cohorts: {},
}

/** @param {any} client @param {number} place @param {unknown} p */
const ask = (client, place, p) =>
  client.getFeatureFlag(keyOf(place), 'kari', {
    personProperties: { p },
    onlyEvaluateLocally: true,
    sendFeatureFlagEvents: false,
  })

/** The milliseconds that the best of some calls takes. @param {() => Promise<unknown>} call @param {number} [attempts] */
async function bestOf(call, attempts = 5) {
  let best = Infinity
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const before = performance.now()
    await call()
    best = Math.min(best, performance.now() - before)
  }
  return best
}

/** @type {any} */
let theirs
/** @type {any} */
let ours
before(async () => {
  ;[theirs, ours] = await openBoth(DEFINITIONS)
})
after(() => Promise.all([theirs, ours].map((client) => client?.shutdown())))

describe('a property that is', () => {
  for (const [name, value] of Object.entries(VALUES)) {
    it(`${name} has posthog-node's answers with every operator`, async () => {
      for (const place of TESTS.keys()) {
        assert.equal(await ask(ours, place, value), await ask(theirs, place, value), keyOf(place))
      }
      const all = { personProperties: { p: value }, onlyEvaluateLocally: true }
      assert.deepEqual(await ours.getAllFlags('kari', all), await theirs.getAllFlags('kari', all))
    })
  }
})

describe('whether a property is there', () => {
  for (const name of [
    'bytes of megabytes',
    'a text of megabytes',
    'an object of 1000 keys',
    'a list of 50,000 holes',
  ]) {
    it(`costs with ${name} about what it costs with a short text`, async () => {
      const many = async (/** @type {unknown} */ value) => {
        for (let call = 0; call < 200; call += 1) await ask(ours, 0, value)
      }
      await many('pro')
      await many(VALUES[name])
      const [short, long] = [await bestOf(() => many('pro'), 9), await bestOf(() => many(VALUES[name]), 9)]
      assert.ok(long < 20 * short, `${long} ms, with a short text ${short} ms`)
    })
  }
})

describe('a value with code of its own', () => {
  /** What is called of it, in order. @param {any} client @param {number} place */
  async function callsOf(client, place) {
    /** @type {string[]} */
    const calls = []
    const value = {
      toString() {
        calls.push('toString')
        return 'pro'
      },
      get inner() {
        calls.push('inner')
        return 'x'
      },
    }
    const answer = await ask(client, place, value)
    return { answer, calls: [...new Set(calls)] }
  }

  it('is asked for no more than the operator needs, as in posthog-node', async () => {
    for (const place of TESTS.keys()) {
      assert.deepEqual(await callsOf(ours, place), await callsOf(theirs, place), keyOf(place))
    }
  })

  it('and is a list has each element read in order, and no more often than by posthog-node', async () => {
    /** What is read of lists, in order. @param {any} client @param {number} place @param {(note: any) => unknown} make */
    const readsOf = async (client, place, make) => {
      /** @type {string[]} */
      const reads = []
      const answer = await ask(client, place, make(reads))
      return { answer, reads }
    }
    /** @param {string[]} reads @param {string} name @param {any} target */
    const watched = (reads, name, target) =>
      new Proxy(target, {
        get(_target, key) {
          reads.push(`${name} ${String(key)}`)
          return Reflect.get(target, key)
        },
      })
    /** @type {((reads: string[]) => unknown)[]} */
    const lists = [
      (reads) => watched(reads, 'list', ['a', 'needle']),
      (reads) => watched(reads, 'outer', [watched(reads, 'inner', ['a', { toString: () => 'b' }]), 'b', 5]),
      (reads) => Object.defineProperty(['a', 'b'], 1, { enumerable: true, get: () => (reads.push('get'), 'needle') }),
    ]
    for (const place of TESTS.keys()) {
      for (const make of lists) {
        const [expected, found] = [await readsOf(theirs, place, make), await readsOf(ours, place, make)]
        assert.equal(found.answer, expected.answer, keyOf(place))
        assert.deepEqual([...new Set(found.reads)], [...new Set(expected.reads)], keyOf(place))
        assert.ok(found.reads.length <= expected.reads.length, `${keyOf(place)}: ${found.reads}`)
      }
    }
  })

  it('that throws costs its flag alone, and no other question is asked', async () => {
    const value = {
      get inner() {
        throw new Error('not for you')
      },
    }
    const errors = []
    const stop = ours.on('error', (/** @type {Error} */ error) => errors.push(error.message))
    for (const [place, [operator]] of TESTS.entries()) {
      const expected = await ask(theirs, place, value).catch(() => undefined)
      assert.equal(await ask(ours, place, value), expected, operator)
    }
    stop()
    assert.ok(errors.length > 0)
  })
})
