'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { FeatureFlagEvaluations } = require('posthog-node')
const { closing } = require('../support/closing')
const { DefinitionsServer } = require('../support/definitions-server')
const { NATIVE, STOCK, flag } = require('../support/observe')

const on = { groups: [{ properties: [], rollout_percentage: 100 }] }
const forPro = { groups: [{ properties: [{ key: 'plan', value: 'pro', operator: 'exact', type: 'person' }] }] }

const FLAGS = [
  flag('paid', {
    filters: { ...on, payloads: { true: '{"limits":{"seats":[5,{"burst":7}]}}' } },
    has_experiment: true,
  }),
  flag('zero', { filters: { ...on, payloads: { true: '0' } } }),
  flag('7', { filters: on }),
  flag('toString', { filters: on }),
  flag('__proto__', { filters: on }),
  flag('plan', { filters: forPro }),
  flag('off', { active: false }),
  flag('layout', {
    filters: {
      ...on,
      multivariate: { variants: [{ key: 'wide', rollout_percentage: 100 }] },
      payloads: { wide: '"w"' },
    },
  }),
  flag('twice', { active: false }),
  flag('twice', { filters: on }),
]

const OPTIONS = { personProperties: { plan: 'pro' }, onlyEvaluateLocally: true, disableGeoip: true }

/**
 * Runs the same with both clients over the same definitions, and hands back what each of them saw.
 *
 * @param {(client: any, log: unknown[]) => Promise<unknown>} use
 * @param {{ flags?: any[], options?: Record<string, unknown> }} [setting]
 */
async function both(use, { flags = FLAGS, options = {} } = {}) {
  const server = await DefinitionsServer.start()
  server.setDefinitions({ flags, cohorts: {} })
  try {
    const seen = []
    for (const PostHog of [STOCK, NATIVE]) {
      const client = new PostHog('phc_project', {
        host: server.url,
        secretKey: 'phs_secret',
        featureFlagsPollingInterval: null,
        fetchRetryCount: 0,
        ...options,
      })
      /** @type {unknown[]} */
      const log = []
      client.on('error', (/** @type {Error} */ error) => log.push(['error', error.message]))
      client._captureFlagCalledEventIfNeeded = ({
        properties: { $feature_flag_evaluated_at: _, ...rest },
        ...params
      }) => log.push(['read', { ...params, properties: { ...rest, $feature_flag_definitions_loaded_at: undefined } }])
      assert.equal(await client.waitForLocalEvaluationReady(), flags.length > 0)
      const result = await use(client, log)
      seen.push({ result, log })
      await client.shutdown()
    }
    return seen
  } finally {
    await server.close()
  }
}

/** In an order of its own: posthog-node's is that in which digests happened to finish. */
const keysOf = (/** @type {any} */ evaluations) => [...evaluations.keys].sort()

/** Ways to use what `evaluateFlags` resolves to. @type {Record<string, (evaluations: any) => unknown>} */
const USES = {
  'single flags': (evaluations) =>
    [...FLAGS.map(({ key }) => key), 'unknown', 'constructor'].map((key) => [
      key,
      evaluations.isEnabled(key),
      evaluations.getFlag(key),
      evaluations.getFlagPayload(key),
      evaluations.isEnabled(key, { defaultValue: true, sendFeatureFlagEvents: false }),
    ]),
  'all keys': (evaluations) => [keysOf(evaluations), evaluations.unresolvedFlags],
  'all keys after some flags': (evaluations) => [
    evaluations.getFlag('layout'),
    keysOf(evaluations),
    evaluations.getFlag('off'),
  ],
  'the properties of an event': (evaluations) => evaluations._getEventProperties(),
  'a slice by keys': (evaluations) => {
    const slice = evaluations.only(['paid', 'off', 'layout'])
    return [
      slice.keys,
      slice.getFlag('paid'),
      slice.getFlag('zero'),
      slice._getEventProperties(),
      slice.unresolvedFlags,
    ]
  },
  'a slice by access': (evaluations) => {
    evaluations.isEnabled('layout')
    evaluations.getFlag('unknown')
    evaluations.getFlagPayload('paid')
    const slice = evaluations.onlyAccessed()
    return [keysOf(slice), slice.getFlagPayload('layout'), slice.isEnabled('paid')]
  },
}

for (const [what, use] of Object.entries(USES)) {
  test(`evaluateFlags serves ${what} as posthog-node does`, async () => {
    const [theirs, ours] = await both(async (client) => {
      const evaluations = await client.evaluateFlags('user-1', OPTIONS)
      assert.ok(evaluations instanceof FeatureFlagEvaluations)
      assert.equal(Object.getPrototypeOf(evaluations), FeatureFlagEvaluations.prototype)
      return use(evaluations)
    })
    assert.deepEqual(ours, theirs)
  })
}

test('a payload is parsed for each call, and is the same object within one', async () => {
  await both(async (client) => {
    const [first, second] = await Promise.all([1, 2].map(() => client.evaluateFlags('user-1', OPTIONS)))
    assert.equal(first.getFlagPayload('paid'), first.getFlagPayload('paid'))
    const before = first.getFlagPayload('paid')
    assert.ok(first.keys.includes('paid'))
    assert.equal(first.getFlagPayload('paid'), before, 'also after all records were made')
    first.getFlagPayload('paid').limits.seats[1].burst = 'changed'
    assert.deepEqual(second.getFlagPayload('paid'), { limits: { seats: [5, { burst: 7 }] } })
  })
})

test('evaluations keep the results of their call, whatever is evaluated or loaded after it', async (t) => {
  const server = closing(t, await DefinitionsServer.start())
  server.setDefinitions({ flags: [flag('plan', { filters: forPro }), flag('gone')] })
  const client = closing(
    t,
    new NATIVE('phc_project', {
      host: server.url,
      secretKey: 'phs_secret',
      featureFlagsPollingInterval: null,
    })
  )
  await client.waitForLocalEvaluationReady()
  const pro = await client.evaluateFlags('user-1', OPTIONS)
  const free = await client.evaluateFlags('user-1', { ...OPTIONS, personProperties: { plan: 'free' } })
  server.setDefinitions({ flags: [flag('new')] })
  await client.reloadFeatureFlags()
  const read = { sendFeatureFlagEvents: false }
  assert.equal(pro.getFlag('plan', read), true)
  assert.equal(free.getFlag('plan', read), false)
  assert.deepEqual(pro.keys, ['plan', 'gone'])
  assert.deepEqual((await client.evaluateFlags('user-1', OPTIONS)).keys, ['new'])
})

/** Calls that posthog-node's own method has to serve, or that have their own rules. @type {Record<string, (client: any) => any>} */
const CALLS = {
  'flags that only the server can tell': (client) => client.evaluateFlags('user-1', { disableGeoip: true }),
  'the same kept local': (client) => client.evaluateFlags('user-1', { onlyEvaluateLocally: true }),
  'some keys': (client) => client.evaluateFlags('user-1', { ...OPTIONS, flagKeys: ['off', 'unknown'] }),
  'no keys': (client) => client.evaluateFlags('user-1', { ...OPTIONS, flagKeys: [] }),
  overrides: (client) => {
    client.overrideFeatureFlags({ flags: { off: 'on after all', made: true }, payloads: { off: 1 } })
    return client.evaluateFlags('user-1', OPTIONS)
  },
  'overrides that are set while the person is read': (client) => {
    const personProperties = {
      get plan() {
        client.overrideFeatureFlags({ flags: { off: 'on after all', made: true } })
        return 'pro'
      },
    }
    return client.evaluateFlags('user-1', { ...OPTIONS, personProperties })
  },
  'the distinct id of a context': (client) =>
    client.withContext({ distinctId: 'user-2' }, () => client.evaluateFlags(OPTIONS)),
  'no distinct id': (client) => client.evaluateFlags('', OPTIONS),
  'no options': (client) => client.evaluateFlags('user-1'),
  'groups that are named': (client) =>
    client.evaluateFlags('user-1', { ...OPTIONS, groups: { company: 'acme' }, groupProperties: { company: { a: 1 } } }),
  'a disabled client': (client) => {
    client.disabled = true
    return client.evaluateFlags('user-1', OPTIONS)
  },
}

for (const [what, call] of Object.entries(CALLS)) {
  test(`evaluateFlags with ${what} answers as posthog-node does`, async () => {
    const settings = [
      {},
      {
        flags: [
          ...FLAGS,
          flag('sticky', { ensure_experience_continuity: true }),
          flag('bad', { filters: { groups: 5 } }),
        ],
      },
      { options: { strictLocalEvaluation: true } },
    ]
    for (const setting of settings) {
      const [theirs, ours] = await both(async (client) => {
        const evaluations = await call(client)
        return [
          keysOf(evaluations),
          evaluations.getFlag('off'),
          evaluations.getFlag('sticky'),
          evaluations.unresolvedFlags,
        ]
      }, setting)
      // What a bad definition is told of is worded by each evaluator itself.
      for (const { log } of [theirs, ours]) {
        log.forEach(
          (entry) => Array.isArray(entry) && entry[0] === 'error' && entry.splice(1, 1, String(entry[1]).slice(0, 35))
        )
      }
      assert.deepEqual(ours, theirs, JSON.stringify(setting).slice(0, 200))
    }
  })
}

test('flags without a value are told of once when posthog-node asks the server for them', async () => {
  const flags = [flag('on'), flag('bad', { filters: { groups: 5 } })]
  const [, ours] = await both((client) => client.evaluateFlags('user-1'), { flags })
  assert.equal(ours.log.filter(([kind, message]) => kind === 'error' && message.includes('bad')).length, 1)
})
