'use strict'

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')

const { closing } = require('../support/closing')
const { DefinitionsServer } = require('../support/definitions-server')
const { NATIVE, STOCK, captureWarnings, flag } = require('../support/observe')
const { memoryProvider } = require('../support/providers')

/** @param {string} key @param {unknown} value */
const property = (key, value) => ({ key, value, operator: 'exact', type: 'person' })

const DEFINITIONS = {
  flags: [
    flag('on', {
      id: 1,
      filters: { groups: [{ properties: [], rollout_percentage: 100 }], payloads: { true: '{"size":3}' } },
    }),
    flag('off', { id: 2, active: false }),
    flag('half', { id: 3, filters: { groups: [{ properties: [], rollout_percentage: 50 }] }, has_experiment: false }),
    flag('variants', {
      id: 4,
      has_experiment: true,
      filters: {
        groups: [{ properties: [], rollout_percentage: 100 }],
        multivariate: {
          variants: [
            { key: 'a', rollout_percentage: 50 },
            { key: 'b', rollout_percentage: 50 },
          ],
        },
        payloads: { a: '"first"', b: '[2]' },
      },
    }),
    flag('needs-plan', {
      id: 5,
      filters: { groups: [{ properties: [property('plan', 'pro')], rollout_percentage: 100 }] },
    }),
    flag('sticky', { id: 6, ensure_experience_continuity: true }),
    flag('for-browsers', { id: 7, evaluation_runtime: 'client', ensure_experience_continuity: true }),
    flag('for-servers', { id: 8, evaluation_runtime: 'server' }),
    flag('company', {
      id: 9,
      filters: { aggregation_group_type_index: 0, groups: [{ properties: [], rollout_percentage: 100 }] },
    }),
  ],
  group_type_mapping: { 0: 'company' },
  cohorts: {},
}

const REMOTE = {
  flags: {
    sticky: {
      key: 'sticky',
      enabled: true,
      variant: null,
      metadata: { id: 6, version: 3, payload: '"remote"' },
      reason: { code: 'c', description: 'Remote' },
    },
    'needs-plan': {
      key: 'needs-plan',
      enabled: false,
      variant: null,
      metadata: { id: 5, version: 1 },
      reason: { code: 'n' },
    },
  },
  errorsWhileComputingFlags: false,
  requestId: 'request-1',
  evaluatedAt: 17,
}

const PRO = { personProperties: { plan: 'pro' } }
const ACME = { groups: { company: 'acme' }, groupProperties: { company: { tier: 'gold' } } }

/** @type {Record<string, (client: any) => unknown>} */
const CALLS = {
  'getFeatureFlag of every kind of flag': async (client) => {
    const values = []
    for (const { key } of DEFINITIONS.flags) {
      values.push(await client.getFeatureFlag(key, 'user-1', { ...PRO, ...ACME }))
    }
    return values
  },
  'getFeatureFlag of flags that go to the server': async (client) => [
    await client.getFeatureFlag('sticky', 'user-1'),
    await client.getFeatureFlag('needs-plan', 'user-1'),
    await client.getFeatureFlag('unknown', 'user-1'),
  ],
  onlyEvaluateLocally: async (client) => [
    await client.getFeatureFlag('sticky', 'user-1', { onlyEvaluateLocally: true }),
    await client.getAllFlags('user-1', { onlyEvaluateLocally: true }),
  ],
  isFeatureEnabled: (client) =>
    Promise.all(['on', 'off', 'variants', 'unknown'].map((key) => client.isFeatureEnabled(key, 'user-2'))),
  getFeatureFlagPayload: async (client) => [
    await client.getFeatureFlagPayload('on', 'user-1'),
    await client.getFeatureFlagPayload('variants', 'user-1'),
    await client.getFeatureFlagPayload('variants', 'user-1', 'b'),
    await client.getFeatureFlagPayload('off', 'user-1'),
    await client.getFeatureFlagPayload('sticky', 'user-1'),
  ],
  getFeatureFlagResult: async (client) => [
    await client.getFeatureFlagResult('on', 'user-1'),
    await client.getFeatureFlagResult('off', 'user-1'),
    await client.getFeatureFlagResult('sticky', 'user-1'),
    await client.getFeatureFlagResult('unknown', 'user-1'),
  ],
  getAllFlags: (client) => client.getAllFlags('user-1', { ...PRO, ...ACME }),
  getAllFlagsAndPayloads: (client) => client.getAllFlagsAndPayloads('user-1', PRO),
  flagKeys: (client) => client.getAllFlagsAndPayloads('user-1', { flagKeys: ['on', 'half', 'unknown'] }),
  evaluateFlags: async (client) => describeEvaluations(await client.evaluateFlags('user-1', PRO)),
  'evaluateFlags of some keys': async (client) =>
    describeEvaluations(await client.evaluateFlags('user-1', { flagKeys: ['on', 'sticky', 'unknown'] })),
  'evaluateFlags kept local': async (client) =>
    describeEvaluations(await client.evaluateFlags('user-1', { onlyEvaluateLocally: true })),
  overrides: async (client) => {
    client.overrideFeatureFlags({ flags: { on: 'overridden', made: true }, payloads: { on: { own: 1 } } })
    const seen = [
      await client.getFeatureFlag('on', 'user-1'),
      await client.getFeatureFlagPayload('on', 'user-1'),
      await client.getAllFlags('user-1', { onlyEvaluateLocally: true }),
    ]
    client.overrideFeatureFlags(false)
    return [...seen, await client.getFeatureFlag('on', 'user-1')]
  },
  sendFeatureFlags: (client) =>
    client.captureImmediate({ distinctId: 'user-1', event: 'bought', sendFeatureFlags: true }),
  'sendFeatureFlags with properties': (client) =>
    client.captureImmediate({
      distinctId: 'user-1',
      event: 'bought',
      sendFeatureFlags: { onlyEvaluateLocally: true, ...PRO },
    }),
  'evaluation runtimes': (client) => [
    client.getFeatureFlagEvaluationRuntime('for-browsers'),
    client.getFeatureFlagEvaluationRuntime('on'),
    client.getFeatureFlagEvaluationRuntime('unknown'),
    client.getFeatureFlagKeysByEvaluationRuntime('client'),
    client.getFeatureFlagKeysByEvaluationRuntime('server'),
    client.getFeatureFlagKeysByEvaluationRuntime('all'),
  ],
  readiness: async (client) => [client.isLocalEvaluationReady(), await client.waitForLocalEvaluationReady(10)],
}

/** @type {Record<string, any>} */
const OPTIONS = {
  'default options': {},
  strictLocalEvaluation: { strictLocalEvaluation: true },
  'enableLocalEvaluation: false': { enableLocalEvaluation: false },
}

/** How definitions arrive; the second and third also show that nothing depends on the way. */
/** @type {Record<string, () => any>} */
const SOURCES = {
  'the network': () => ({}),
  'a provider beside a key': () => ({
    flagDefinitionCacheProvider: memoryProvider({ fetch: false, cached: DEFINITIONS }),
  }),
  'a provider alone': () => ({
    secretKey: undefined,
    flagDefinitionCacheProvider: memoryProvider({ cached: DEFINITIONS }),
  }),
}

/**
 * @param {any} PostHog
 * @param {any} options
 * @param {(client: any) => unknown} call
 * @param {any} [definitions]
 */
async function run(PostHog, options, call, definitions = DEFINITIONS) {
  const server = await DefinitionsServer.start()
  server.setDefinitions(definitions)
  server.flagsResponse = REMOTE
  /** @type {string[]} */
  const log = []
  const restore = captureWarnings((line) => log.push(line))
  const client = new PostHog('phc_project', {
    host: server.url,
    secretKey: 'phs_secret',
    featureFlagsPollingInterval: null,
    ...options,
  })
  try {
    client.on('error', (/** @type {Error} */ error) => log.push(`${error.name}: ${error.message}`))
    await client.reloadFeatureFlags()
    const result = await call(client)
    await client.shutdown()
    const requests = server.requests
      .filter(({ path }) => path.startsWith('/flags'))
      .map(({ method, path, query, body }) => ({ method, path, query, body: withoutChance(body) }))
    // Requests that are made at the same time arrive in any order: each has a connection of its own.
    return { result, log, requests: sorted(requests), events: sorted(server.events.map(withoutChance)) }
  } finally {
    restore()
    await client.shutdown()
    await server.close()
  }
}

/**
 * Without what differs between any two runs.
 *
 * @param {any} value
 */
function withoutChance(value) {
  return JSON.parse(
    JSON.stringify(value ?? null, (key, inner) =>
      /^(timestamp|uuid|\$feature_flag_evaluated_at|\$feature_flag_definitions_loaded_at)$/.test(key) &&
      inner !== undefined
        ? typeof inner
        : inner
    )
  )
}

/**
 * Values whose order is left to chance. In posthog-node, that of flags which are evaluated together is that in which their
 * hashes come out.
 *
 * @template T
 * @param {T[]} values
 */
function sorted(values) {
  return values.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}

/** @param {any} flags */
function describeEvaluations(flags) {
  const { unresolvedFlags } = flags
  const keys = sorted([...flags.keys])
  return {
    unresolvedFlags,
    values: keys.map((/** @type {string} */ key) => [key, flags.getFlag(key), flags.getFlagPayload(key)]),
  }
}

for (const [source, sourceOptions] of Object.entries(SOURCES)) {
  for (const [mode, modeOptions] of Object.entries(OPTIONS)) {
    describe(`with definitions from ${source} and ${mode}, results, events and requests are posthog-node's for`, () => {
      for (const [name, call] of Object.entries(CALLS)) {
        test(name, async () => {
          const stock = await run(STOCK, { ...sourceOptions(), ...modeOptions }, call)
          const native = await run(NATIVE, { ...sourceOptions(), ...modeOptions }, call)
          assert.deepEqual(native, stock)
        })
      }
    })
  }
}

test("the server's gate for minimal events has posthog-node's effect, from network and cache", async () => {
  const definitions = { ...DEFINITIONS, minimal_flag_called_events: true }
  const cached = { ...DEFINITIONS, minimalFlagCalledEvents: true }
  const sources = [{}, { flagDefinitionCacheProvider: memoryProvider({ fetch: false, cached }) }]
  const call = async (/** @type {any} */ client) => [
    await client.getFeatureFlag('half', 'user-1'),
    await client.getFeatureFlag('variants', 'user-1'),
    await client.getFeatureFlag('on', 'user-1'),
  ]
  for (const options of sources) {
    const stock = await run(STOCK, options, call, definitions)
    const native = await run(NATIVE, options, call, definitions)
    assert.equal(native.events.length, 3)
    assert.deepEqual(native, stock)
  }
})

test('evaluation contexts keep the flags that posthog-node keeps', async () => {
  const definitions = {
    flags: [
      flag('everywhere'),
      flag('web', { evaluation_contexts: ['web'] }),
      flag('api', { evaluation_contexts: ['api', 'jobs'] }),
      flag('older', { evaluation_tags: ['web'] }),
      flag('empty', { evaluation_contexts: [] }),
    ],
  }
  const call = (/** @type {any} */ client) => client.getAllFlags('user-1')
  for (const options of [
    { evaluationContexts: ['api'] },
    { evaluationEnvironments: ['web'] },
    { evaluationContexts: [] },
  ]) {
    const stock = await run(STOCK, options, call, definitions)
    assert.deepEqual(await run(NATIVE, options, call, definitions), stock)
  }
})

test('the local evaluator of a client follows the definitions of the client', async (t) => {
  const server = closing(t, await DefinitionsServer.start())
  server.setDefinitions({ flags: [flag('first')] })
  const client = new NATIVE('phc_project', {
    host: server.url,
    secretKey: 'phs_secret',
    featureFlagsPollingInterval: null,
  })
  closing(t, client)
  await client.reloadFeatureFlags()
  const { localEvaluator } = client
  assert.equal(localEvaluator, client.localEvaluator)
  assert.deepEqual(localEvaluator.getAllFlags('user-1'), { first: true })
  server.setDefinitions({ flags: [flag('second')] })
  await client.reloadFeatureFlags()
  assert.deepEqual(localEvaluator.getAllFlags('user-1'), { second: true })
  await client.shutdown()
  assert.deepEqual(localEvaluator.getAllFlags('user-1'), { second: true }, 'also after shutdown')
})
