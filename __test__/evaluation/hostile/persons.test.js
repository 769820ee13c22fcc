'use strict'

// Persons that nobody would send on purpose, evaluated with sane definitions beside posthog-node. An answer takes no longer
// than posthog-node takes for a large person, and where posthog-node gives a definite one, it is the same.

const assert = require('node:assert/strict')
const { after, before, describe, it } = require('node:test')

const { LocalEvaluator } = require('../../..')
const { NATIVE, STOCK, flag } = require('../../support/observe')
const { memoryProvider } = require('../../support/providers')
const { bestTime } = require('./support/cpu')

/** @type {[operator: string, value: unknown][]} */
const TESTS = [
  ['exact', ['pro', 'team']],
  ['is_not', 'pro'],
  ['icontains', 'needle'],
  ['not_icontains', 'needle'],
  ['starts_with', 'x'],
  ['ends_with', 'x'],
  ['regex', '^[a-z]+-[0-9]+$'],
  ['not_regex', 'needle$'],
  ['gt', 5],
  ['is_date_after', '2024-01-01'],
  ['is_date_before', '-7d'],
  ['semver_gte', '1.2.3'],
  ['is_set', 'is_set'],
  ['exact', 'true'],
]

const property = (/** @type {string} */ operator, /** @type {unknown} */ value) => ({
  key: 'p',
  type: 'person',
  operator,
  value,
})

/** Each test of a property, and what is there beside them. */
const DEFINITIONS = {
  flags: [
    ...TESTS.map(([operator, value], place) =>
      flag(`${place} ${operator}`, { filters: { groups: [{ properties: [property(operator, value)] }] } })
    ),
    flag('member', {
      filters: { groups: [{ properties: [{ key: 'id', type: 'cohort', value: 1, operator: 'in' }] }] },
    }),
    flag('half', { filters: { groups: [{ properties: [], rollout_percentage: 50 }] } }),
    flag('company', {
      filters: {
        aggregation_group_type_index: 0,
        groups: [{ properties: [{ ...property('exact', 'x'), type: 'group' }] }],
      },
    }),
    flag('proto', { filters: { groups: [{ properties: [{ ...property('exact', 'x'), key: '__proto__' }] }] } }),
  ],
  group_type_mapping: { 0: 'company' },
  cohorts: { 1: { type: 'OR', values: [property('exact', 'y'), property('icontains', 'needle')] } },
}

const MEGABYTES = 10_000_000

/** @param {number} levels @param {(inner: unknown) => unknown} wrap */
function nested(levels, wrap) {
  /** @type {unknown} */
  let value = 'core'
  for (let level = 0; level < levels; level += 1) value = wrap(value)
  return value
}

function circularObject() {
  /** @type {any} */
  const object = { name: 'me' }
  object.self = object
  return object
}

function circularList() {
  /** @type {any[]} */
  const list = ['me']
  list.push(list)
  return list
}

/** Whoever walks into this meets 2 to the power of 60 elements. */
const doubling = () => nested(60, (inner) => [inner, inner])

const manyKeys = () => Object.fromEntries(Array.from({ length: 100_000 }, (_, place) => [`key ${place}`, place + 0.5]))

function throwing() {
  const fail = () => {
    throw new Error('a trap')
  }
  return new Proxy({}, { get: fail, has: fail, ownKeys: fail, getPrototypeOf: fail, getOwnPropertyDescriptor: fail })
}

function revoked() {
  const { proxy, revoke } = Proxy.revocable([], {})
  revoke()
  return proxy
}

/** Values of a property that posthog-node answers in reasonable time. @type {Record<string, () => unknown>} */
const VALUES = {
  'a string of 10 MB': () => 'x'.repeat(MEGABYTES),
  'a string of 1 MB in upper case': () => 'X'.repeat(MEGABYTES / 10),
  'a string of 10 MB beyond ASCII': () => 'é'.repeat(MEGABYTES / 2),
  'a string of 1 MB of emoji': () => '😀'.repeat(MEGABYTES / 40),
  'a string of 1 MB that ends in half a character': () => `${'x'.repeat(MEGABYTES / 10)}\ud83d`,
  'a string of 1 MB of digits': () => '9'.repeat(MEGABYTES / 10),
  'a list that is nested 100,000 levels deep': () => nested(100_000, (inner) => [inner]),
  'an object that is nested 100,000 levels deep': () => nested(100_000, (inner) => ({ inner })),
  'an object that contains itself': circularObject,
  'a list that contains itself': circularList,
  'an object of 100,000 keys': manyKeys,
  'a list of 100,000 texts': () => Array.from({ length: 100_000 }, (_, place) => `item ${place}`),
  'a proxy that throws': throwing,
  'a revoked proxy': revoked,
  'a proxy of a list': () => new Proxy(['pro'], {}),
  'an object with a __proto__ of its own': () => JSON.parse('{"__proto__":{"p":"x"},"constructor":1,"toString":1}'),
  'an object without a prototype': () => Object.create(null),
  'an object whose toString throws': () => ({
    toString: () => {
      throw new Error('no text')
    },
  }),
  'an object whose toString throws no error': () => ({
    toString: () => {
      throw 'no error'
    },
  }),
  'an object whose toString returns an object': () => ({ toString: () => ({}) }),
  'a getter inside that throws': () => ({
    get inside() {
      throw new Error('no')
    },
  }),
  'a bigint': () => 10n ** 1000n,
  'a symbol': () => Symbol('p'),
  'a function': () => () => 'x',
  'an invalid date': () => new Date(NaN),
  'a list with holes': () => [, 'pro', , 'x'], // eslint-disable-line no-sparse-arrays -- as a caller may
  'a map': () => new Map([['p', 'x']]),
  '-0': () => -0,
  NaN: () => NaN,
}

/** Values that posthog-node walks through for hours, or until there is no memory left. @type {Record<string, () => unknown>} */
const ENDLESS = {
  'a list of 4,294,967,295 holes': () => new Array(4_294_967_295),
  'a list of 1,000,000 texts': () => new Array(1_000_000).fill('pro'),
  'lists that double 60 times': doubling,
  'objects that double 60 times': () => nested(60, (inner) => ({ left: inner, right: inner })),
  'a proxy that claims to be a list without end': () =>
    new Proxy([], { get: (_, name) => (name === 'length' ? Infinity : 'x') }),
}

/** @param {any} PostHog */
function open(PostHog) {
  const client = new PostHog('phc_project', {
    host: 'http://127.0.0.1:9',
    featureFlagsPollingInterval: null,
    flagDefinitionCacheProvider: memoryProvider({ fetch: false, cached: DEFINITIONS }),
    fetch: async () => ({ status: 200, text: async () => '{}', json: async () => ({}) }),
  })
  /** @type {string[]} */
  const errors = []
  client.on('error', (/** @type {Error} */ error) => errors.push(error.message))
  return { client, errors }
}

/** What becomes of a promise, in words that can be compared. @param {() => Promise<unknown>} ask */
async function outcomeOf(ask) {
  try {
    return { value: await ask() }
  } catch (error) {
    return { rejected: error instanceof Error ? error.message : error }
  }
}

/** The keys that error events name. @param {string[]} errors */
const failedFlags = (errors) => [...new Set(errors.map((message) => message.split(': ')[1]))].sort()

/** @type {ReturnType<typeof open>} */
let ours
/** @type {ReturnType<typeof open>} */
let theirs
const evaluator = new LocalEvaluator(DEFINITIONS)
/** The milliseconds that no call may take: as many as posthog-node takes to evaluate all flags for a large object. */
let longest = NaN

before(async () => {
  ours = open(NATIVE)
  theirs = open(STOCK)
  await Promise.all([ours, theirs].map(({ client }) => client.waitForLocalEvaluationReady(10_000)))
  const large = personOf(manyKeys())
  longest = await bestTime(() => askAll(theirs.client, large))
})
after(() => Promise.all([ours, theirs].map(({ client }) => client.shutdown())))

/** @param {unknown} value */
const personOf = (value) => ({
  personProperties: { p: value, other: 'fine' },
  groups: { company: 'acme' },
  groupProperties: { company: { p: value } },
  onlyEvaluateLocally: true,
})

/** Asks in every way. @param {any} client @param {any} options */
const askAll = (client, options) => client.getAllFlagsAndPayloads('kari', options)

describe('a property that is', () => {
  for (const [name, make] of Object.entries(VALUES)) {
    it(`${name} gives posthog-node's answers, each in bounded time`, async () => {
      const options = personOf(make())
      const [expected, answer] = [
        await outcomeOf(() => askAll(theirs.client, options)),
        await outcomeOf(() => askAll(ours.client, options)),
      ]
      assert.deepEqual(answer, expected)
      assert.deepEqual(failedFlags(ours.errors.splice(0)), failedFlags(theirs.errors.splice(0)))
      assert.deepEqual(evaluator.getAllFlags('kari', options), /** @type {any} */ (expected).value.featureFlags)
      for (const { key } of DEFINITIONS.flags) {
        const took = await bestTime(() => evaluator.getFeatureFlag(key, 'kari', options), longest)
        assert.ok(took < longest, `${key} took ${took} ms of ${longest}`)
      }
      ours.errors.length = 0
    })
  }

  for (const [name, make] of Object.entries(ENDLESS)) {
    it(`${name}, which posthog-node does not get through, is left to the server in bounded time`, async () => {
      const options = personOf(make())
      const took = await bestTime(() => askAll(ours.client, options), longest)
      assert.ok(took < longest, `took ${took} ms of ${longest}`)
      const { featureFlags } = await askAll(ours.client, options)
      assert.equal('0 exact' in featureFlags, false)
      assert.equal(featureFlags['12 is_set'], true)
      assert.equal(typeof featureFlags.half, 'boolean')
      ours.errors.length = 0
    })
  }
})

describe('a person', () => {
  it('of 100,000 properties is answered as by posthog-node, in no more time than copying it takes', async () => {
    const options = { personProperties: { ...manyKeys(), p: 'pro' }, onlyEvaluateLocally: true }
    assert.deepEqual(await askAll(ours.client, options), await askAll(theirs.client, options))
    const copying = await bestTime(() => askAll(theirs.client, options))
    const took = await bestTime(() => askAll(ours.client, options))
    assert.ok(took < 2 * copying, `took ${took} ms, posthog-node ${copying}`)
    const withoutCopy = await bestTime(() => evaluator.getAllFlags('kari', options))
    assert.ok(withoutCopy < copying / 2, `without a copy ${withoutCopy} ms, posthog-node with one ${copying}`)
  })

  it('with __proto__ everywhere is answered as by posthog-node, and pollutes nothing', async () => {
    const evil = '{"__proto__":{"p":"x","polluted":true},"constructor":{"prototype":{"p":"x"}},"p":"x"}'
    for (const text of [evil, '{"__proto__":"x"}', '{"__proto__":null}', `{"__proto__":${evil}}`]) {
      const options = {
        personProperties: JSON.parse(text),
        groups: JSON.parse(`{"company":"acme","__proto__":"x"}`),
        groupProperties: JSON.parse(`{"company":${text},"__proto__":${text}}`),
        onlyEvaluateLocally: true,
      }
      const expected = await outcomeOf(() => askAll(theirs.client, options))
      assert.deepEqual(await outcomeOf(() => askAll(ours.client, options)), expected)
    }
    assert.equal('polluted' in {}, false)
  })

  it('with a getter that throws is as with posthog-node, and the next call is answered', async () => {
    const options = {
      onlyEvaluateLocally: true,
      personProperties: {
        get p() {
          throw new Error('no such person')
        },
      },
    }
    const expected = await outcomeOf(() => askAll(theirs.client, options))
    assert.deepEqual(expected, { rejected: 'no such person' })
    assert.deepEqual(await outcomeOf(() => askAll(ours.client, options)), expected)
    assert.deepEqual(await outcomeOf(() => ours.client.getFeatureFlag('half', 'kari', options)), expected)
    const { featureFlags } = await askAll(ours.client, { personProperties: { p: 'pro' }, onlyEvaluateLocally: true })
    assert.equal(featureFlags['0 exact'], true)
    assert.equal(evaluator.getFeatureFlag('0 exact', 'kari', options), undefined)
    assert.equal(evaluator.getFeatureFlag('half', 'kari', options), featureFlags.half)
  })

  it('whose getter or toString enters the client again is answered, and so is that', async () => {
    const fine = personOf('pro')
    const expected = evaluator.getAllFlags('kari', fine)
    /** @type {Promise<unknown>[]} */
    const pending = []
    /** @type {unknown[]} */
    const inner = []
    const enter = () => {
      inner.push(evaluator.getAllFlags('kari', fine), ours.client.localEvaluator.getAllFlags('kari', fine))
      pending.push(
        ours.client.getAllFlags('kari', fine),
        ours.client.reloadFeatureFlags(),
        ours.client.getFeatureFlag('half', 'kari', fine)
      )
      return 'pro'
    }
    const lookedAt = { toString: enter }
    for (const personProperties of [
      {
        get p() {
          return enter()
        },
      },
      { p: lookedAt },
    ]) {
      for (const ask of [evaluator, ours.client.localEvaluator]) {
        const all = ask.getAllFlags('kari', { ...fine, personProperties })
        assert.equal(all.half, expected.half)
        assert.equal(all['12 is_set'], true)
      }
      const all = await ours.client.getAllFlags('kari', { ...fine, personProperties })
      assert.equal(all.half, expected.half)
    }
    assert.ok(inner.length > 4)
    inner.forEach((answer) => assert.deepEqual(answer, expected))
    await Promise.all(pending)
    assert.deepEqual(await ours.client.getAllFlags('kari', fine), expected)
  })

  it('that shuts the client down from inside a call is answered', async () => {
    const { client } = open(NATIVE)
    await client.waitForLocalEvaluationReady(10_000)
    /** @type {Promise<unknown> | undefined} */
    let ending
    const lookedAt = {
      toString() {
        ending ??= client.shutdown()
        return 'pro'
      },
    }
    const all = await client.getAllFlags('kari', personOf(lookedAt))
    assert.equal(all['12 is_set'], true)
    await ending
  })

  for (const [name, distinctId] of /** @type {[string, any][]} */ ([
    ['of 10 MB', 'x'.repeat(MEGABYTES)],
    ['of 10 MB of emoji', '😀'.repeat(MEGABYTES / 4)],
    ['that is half a character', '\ud83d'],
    ['that is a number', 5],
  ])) {
    it(`with a distinct id ${name} is answered as by posthog-node`, async () => {
      const ask = (/** @type {any} */ client) =>
        outcomeOf(() => client.getAllFlags(distinctId, { onlyEvaluateLocally: true }))
      assert.deepEqual(await ask(ours.client), await ask(theirs.client))
      const took = await bestTime(() => evaluator.getFeatureFlag('half', distinctId), longest)
      assert.ok(took < longest, `took ${took} ms of ${longest}`)
    })
  }
})
