// What the tests of panics share: an addon that panics wherever it is told to, in a copy of the package, and a server. A panic
// is a bug of the Rust code, and none is known.
import { createRequire } from 'node:module'
import { after, afterEach, before, beforeEach } from 'node:test'

import { panickingPackage } from './panicking-package.mjs'

const require = createRequire(import.meta.url)
const { DefinitionsServer } = require('../../support/definitions-server.js')
const { flag } = require('../../support/flags.js')

export const property = (key, value, extra) => ({ key, value, operator: 'exact', type: 'person', ...extra })
export const on = (...properties) => ({ filters: { groups: [{ properties, rollout_percentage: 100 }] } })
const VARIANTS = { variants: ['a', 'b', 'c'].map((key) => ({ key, rollout_percentage: 33.3 })) }

export const DEFINITIONS = {
  flags: [
    flag('half', { filters: { groups: [{ properties: [], rollout_percentage: 50 }] } }),
    flag('variants', {
      filters: { groups: [{}], multivariate: VARIANTS, payloads: { a: '{"n":1}', b: '2', c: '"x"' } },
    }),
    flag('plan', on(property('plan', 'pro'))),
    flag('self', on(property('distinct_id', 'kari'))),
    flag('unknown', on(property('never given', 'x'))),
    flag('members', on({ type: 'cohort', key: 'id', value: 1, operator: 'in' })),
    flag(
      'follows',
      on({ type: 'flag', key: 'plan', value: true, operator: 'flag_evaluates_to', dependency_chain: ['plan'] })
    ),
    flag('company', { filters: { aggregation_group_type_index: 0, groups: [{ rollout_percentage: 70 }] } }),
    flag('off', { active: false }),
    flag('elsewhere', { evaluation_contexts: ['elsewhere'] }),
  ],
  group_type_mapping: { 0: 'company' },
  cohorts: { 1: { type: 'AND', values: [property('plan', 'p', { operator: 'icontains' })] } },
}
export const KARI = {
  personProperties: { plan: 'pro', secret: 'her secret' },
  groups: { company: 'acme' },
  groupProperties: { company: { size: 5 } },
  onlyEvaluateLocally: true,
}

/** @param {unknown} cached */
export const cacheOf = (cached) => ({
  getFlagDefinitions: () => (typeof cached === 'function' ? cached() : cached),
  shouldFetchFlagDefinitions: () => false,
  onFlagDefinitionsReceived() {},
  shutdown() {},
})

export const CACHED = {
  ...DEFINITIONS,
  group_type_mapping: undefined,
  groupTypeMapping: DEFINITIONS.group_type_mapping,
}
/** What is there while a test runs. @type {{ panicking: Awaited<ReturnType<typeof panickingPackage>>, server: any }} */
export const world = /** @type {any} */ ({})

/** Has the addon built once in a file of tests, and a server started for each of them. */
export function prepareWorld() {
  before(async () => {
    world.panicking = await panickingPackage()
  })
  after(() => world.panicking.remove())
  beforeEach(async () => {
    world.server = await DefinitionsServer.start()
    world.server.setDefinitions(DEFINITIONS)
  })
  afterEach(() => world.server.close())
}

/** @param {any} PostHog @param {Record<string, unknown>} [options] */
export async function open(PostHog, options) {
  const client = new PostHog('phc_project', {
    host: world.server.url,
    secretKey: 'phs_secret',
    featureFlagsPollingInterval: null,
    evaluationContexts: ['here'],
    ...options,
  })
  /** @type {string[]} */
  const errors = []
  client.on('error', ({ message }) => errors.push(message))
  await client.reloadFeatureFlags()
  return { client, errors }
}

/** Runs with clients that are shut down afterwards. @param {any[]} clients @param {() => unknown} run */
export async function using(clients, run) {
  try {
    await run()
  } finally {
    await Promise.all(clients.map((client) => client.shutdown()))
  }
}
