'use strict'

// Programs in which somebody, most often an attacker, has given Object.prototype or Array.prototype properties. Whatever a
// person, a group, options or a document inherits that way counts as it does for posthog-node in the same process.

const assert = require('node:assert/strict')
const { after, describe, it } = require('node:test')

const { LocalEvaluator } = require('../../..')
const { startChild } = require('../../support/child')
const { NATIVE, STOCK, flag } = require('../../support/observe')
const { memoryProvider } = require('../../support/providers')

/** @param {string} key @param {string} operator @param {unknown} value @param {string} [type] */
const property = (key, operator, value, type = 'person') => ({ key, operator, value, type })

/** @param {object[]} properties @param {object} [filters] */
const filtered = (properties, filters) => ({ filters: { groups: [{ properties }], ...filters } })

const OF_COMPANY = { aggregation_group_type_index: 0 }

const MANY = Array.from({ length: 80 }, (_, place) => property(`unknown ${place}`, 'is_not', 'x'))

const DEFINITIONS = {
  flags: [
    flag('is owner', filtered([property('role', 'exact', 'owner')])),
    flag('has role', filtered([property('role', 'is_set', 'is_set')])),
    flag('looks like owner', filtered([property('role', 'regex', '^own')])),
    flag('is owner among many', filtered([property('role', 'exact', 'owner'), ...MANY])),
    flag('is kari', filtered([property('distinct_id', 'exact', 'kari')])),
    flag('is gold', filtered([property('tier', 'exact', 'gold', 'group')], OF_COMPANY)),
    flag('mixed', {
      filters: { groups: [{ ...OF_COMPANY, properties: [property('tier', 'exact', 'gold', 'group')] }] },
    }),
    flag('has list', filtered([property('list', 'exact', ['["a"]'])])),
    flag('has object', filtered([property('object', 'exact', '{"a":"b"}')])),
    flag('member', filtered([property('id', 'in', 1, 'cohort')])),
    flag('paying', { filters: { groups: [{}], payloads: { true: '{"a":[{"b":1}]}' } } }),
    flag('in web', { evaluation_contexts: ['web'] }),
    flag('half', { filters: { groups: [{ properties: [], rollout_percentage: 50 }] } }),
  ],
  group_type_mapping: { 0: 'company' },
  cohorts: { 1: { type: 'OR', values: [property('role', 'exact', 'owner')] } },
}

/** What callers pass. @type {any[]} */
const OPTIONS = [
  undefined,
  {},
  { personProperties: { email: 'kari@example.com' } },
  { personProperties: { role: 'member', list: ['a'], object: { a: 'b' } } },
  { personProperties: Object.assign(Object.create(null), { role: 'owner' }) },
  { groups: { company: 'acme' } },
  { groups: { company: 'acme' }, groupProperties: { company: { size: 1 } } },
]

/** What is put where, and what it holds. @type {[object: any, key: string, value: unknown][]} */
const POLLUTIONS = [
  ...Object.entries({
    role: 'owner',
    tier: 'gold',
    distinct_id: 'somebody',
    company: 'acme',
    list: ['a'],
    object: { a: 'b' },
    groups: { company: 'acme' },
    personProperties: { role: 'owner' },
    groupProperties: { company: { tier: 'gold' } },
    onlyEvaluateLocally: true,
    flagKeys: ['half'],
    evaluationContexts: ['mobile'],
    native: { engine: 'javascript' },
    engine: 'nonsense',
    transport: 'nonsense',
    keepAlive: 'nonsense',
    fetch: () => assert.fail('nobody asked for this'),
    toJSON: () => 'polluted',
    get: () => 'polluted',
    set: () => 'polluted',
    has: () => true,
    ownKeys: () => ['polluted'],
    value: 'polluted',
    thrown: 'polluted',
    isUncopied: true,
    unusualKeys: [[0, 'polluted']],
    decidedBy: [0],
  }).map(([key, value]) => /** @type {[any, string, unknown]} */ ([Object.prototype, key, value])),
  [Array.prototype, '0', 'polluted'],
  [Array.prototype, 'toJSON', () => ['polluted']],
  [String.prototype, 'toJSON', () => 'polluted'],
]

/**
 * Runs with something in a place where all objects have it.
 *
 * @template T
 * @param {any} holder
 * @param {string} key
 * @param {PropertyDescriptor} descriptor
 * @param {() => Promise<T>} run
 */
async function polluted(holder, key, descriptor, run) {
  Object.defineProperty(holder, key, Object.assign(Object.create(null), descriptor, { configurable: true }))
  try {
    return await run()
  } finally {
    delete holder[key]
  }
}

/** @param {any} PostHog */
async function open(PostHog) {
  const client = new PostHog('phc_project', {
    host: 'http://127.0.0.1:9',
    featureFlagsPollingInterval: null,
    flagDefinitionCacheProvider: memoryProvider({ fetch: false, cached: DEFINITIONS }),
    fetch: async () => ({ status: 200, text: async () => '{"flags":{}}', json: async () => ({ flags: {} }) }),
  })
  client.on('error', () => {})
  assert.equal(await client.waitForLocalEvaluationReady(10_000), true)
  return client
}

/** @param {any} client @param {any} options */
async function answersOf(client, options) {
  const evaluations = await client.evaluateFlags('kari', options)
  const single = []
  for (const { key } of DEFINITIONS.flags) {
    single.push([key, await client.getFeatureFlag(key, 'kari', options)])
  }
  return {
    single,
    all: await client.getAllFlagsAndPayloads('kari', options),
    evaluations: DEFINITIONS.flags.map(({ key }) => [evaluations.getFlag(key), evaluations.getFlagPayload(key)]),
  }
}

/** @param {any} client */
async function allAnswersOf(client) {
  const answers = []
  for (const options of OPTIONS) {
    answers.push(await answersOf(client, options))
  }
  return answers
}

/** @type {any[]} */
const clients = []
after(() => Promise.all(clients.map((client) => client.shutdown())))

describe('a prototype that is polluted after definitions were loaded', () => {
  for (const [holder, key, value] of POLLUTIONS) {
    for (const enumerable of [true, false]) {
      it(`with ${enumerable ? 'a' : 'a hidden'} ${key} makes no answer differ from posthog-node's`, async () => {
        if (clients.length === 0) {
          clients.push(await open(STOCK), await open(NATIVE))
        }
        const [theirs, ours] = clients
        const evaluator = new LocalEvaluator(DEFINITIONS)
        await polluted(holder, key, { value, enumerable, writable: true }, async () => {
          assert.deepEqual(await allAnswersOf(ours), await allAnswersOf(theirs))
          for (const options of OPTIONS) {
            const local = { ...options, onlyEvaluateLocally: true }
            const { featureFlags, featureFlagPayloads } = await theirs.getAllFlagsAndPayloads('kari', local)
            const found = evaluator.getAllFlagsAndPayloads('kari', options)
            assert.deepEqual(found, { featureFlags, featureFlagPayloads })
            assert.deepEqual(ours.localEvaluator.getAllFlagsAndPayloads('kari', options), found)
            evaluator.explain('is gold', 'kari', options)
          }
        })
      })
    }
  }

  it('with a getter that throws costs no flag its answer but those that read it in posthog-node', async () => {
    const evaluator = new LocalEvaluator(DEFINITIONS)
    const options = { personProperties: { email: 'kari@example.com' } }
    const expected = evaluator.getAllFlags('kari', options)
    const throwing = {
      get() {
        throw new Error('not for you')
      },
    }
    await polluted(Object.prototype, 'role', throwing, async () => {
      assert.deepEqual(evaluator.getAllFlags('kari', options), expected)
      assert.equal(evaluator.getFeatureFlag('is owner', 'kari', options), undefined)
    })
    await polluted(Object.prototype, 'company', throwing, async () => {
      const { 'is gold': _one, mixed: _other, ...rest } = expected
      assert.deepEqual(evaluator.getAllFlags('kari', options), rest)
    })
  })
})

describe('a prototype that is polluted before a client is made', () => {
  for (const [holder, key, value] of POLLUTIONS) {
    it(`with a ${key} makes no answer differ from posthog-node's`, async () => {
      await polluted(holder, key, { value, enumerable: true, writable: true }, async () => {
        const [theirs, ours] = [await open(STOCK), await open(NATIVE)]
        clients.push(theirs, ours)
        assert.equal(ours.localEvaluationEngine, 'native')
        assert.deepEqual(await allAnswersOf(ours), await allAnswersOf(theirs))
      })
    })
  }
})

it('flags named after members of an Object.prototype that was frozen cost no other flag its value', async () => {
  const names = ['constructor', 'toString', 'valueOf']
  const paying = { filters: { groups: [{ properties: [] }], payloads: { true: '1' } } }
  const unknown = filtered([property('nobody', 'exact', 'x')])
  const flags = [...names.map((name) => flag(name, paying)), flag('isPrototypeOf', unknown), flag('other', paying)]
  const { ended } = startChild(
    `
    Object.freeze(Object.prototype)
    const { LocalEvaluator } = require(PACKAGE)
    const evaluator = new LocalEvaluator(${JSON.stringify({ flags })})
    for (const flagKeys of [undefined, ['other', 'isPrototypeOf', ...${JSON.stringify(names)}]]) {
      const { featureFlags, featureFlagPayloads } = evaluator.getAllFlagsAndPayloads('kari', { flagKeys })
      console.log(JSON.stringify([Object.keys(featureFlags).sort(), Object.keys(featureFlagPayloads).sort()]))
    }
    const { unresolvedReason } = evaluator.explain('isPrototypeOf', 'kari')
    console.log(unresolvedReason)
    `,
    { host: 'http://127.0.0.1:9' }
  )
  const { code, output } = await ended()
  const found = JSON.stringify([
    ['constructor', 'other', 'toString', 'valueOf'],
    ['constructor', 'other', 'toString', 'valueOf'],
  ])
  assert.equal(output, `${found}\n${found}\nmissing_context\n`)
  assert.equal(code, 0)
})
