'use strict'

const { LocalEvaluator } = require('../../../..')

const PERSONS = 500
const PLANS = ['free', 'pro', 'business', 'enterprise']
const QUIET = { onlyEvaluateLocally: true, sendFeatureFlagEvents: false }

/** Who flags are evaluated for: as many as fill no cache of posthog-node's without end. */
const people = Array.from({ length: PERSONS }, (_, index) => ({
  id: `person-${index}`,
  options: {
    ...QUIET,
    groups: { company: `company-${index % 20}`, workspace: `workspace-${index % 7}` },
    personProperties: {
      plan: PLANS[index % PLANS.length],
      email: index % 5 === 0 ? undefined : `person-${index}@${index % 3 === 0 ? 'hedgehog.example' : 'school.edu'}`,
      seats: index % 300,
      signed_up: `2025-0${1 + (index % 9)}-11`,
      last_seen: new Date(Date.now() - index * 86_400_000),
      app_version: `2.${index % 6}.${index % 11}`,
      username: `bjørn${index}`,
      country: index % 2 === 0 ? 'DE' : 'NO',
    },
    groupProperties: { company: { region: index % 2 === 0 ? 'eu' : 'us', seats: index }, workspace: {} },
  },
}))

/** Flags of the example project: of conditions, variants, cohorts, dependencies and groups. */
const KEYS = ['beta-search', 'priority-support', 'checkout-layout', 'loyalty-programme', 'search-synonyms', 'dark-mode']
const GROUP_KEY = 'data-residency'
/** Depends on a property that only the server knows, for everybody here. */
const REMOTE_KEY = 'crm-sync'
/** A round trip to the server and an event each; one in so many rounds. */
const REMOTE_EVERY = 400

/**
 * Evaluations in about the proportion of a server: mostly single flags, some pages that ask for all, now and then a flag
 * that the server has to decide.
 *
 * `calls` counts calls, `flags` the flags that they evaluated.
 */
class Workload {
  /**
   * @param {any} client
   * @param {string} definitions of the evaluator that stands alone
   */
  constructor(client, definitions) {
    this._client = client
    this._alone = new LocalEvaluator(definitions)
    this.calls = 0
    this.flags = 0
    this._rounds = 0
  }

  /** Fifty calls: 46 of one flag, four of many. */
  async round() {
    const { id, options } = people[this._rounds % PERSONS]
    const client = this._client
    const live = client.localEvaluator
    for (const key of KEYS) {
      for (let times = 0; times < 4; times += 1) live.getFeatureFlag(key, id, options)
      await client.getFeatureFlag(key, id, options)
      await client.isFeatureEnabled(key, id, options)
      this._alone.getFeatureFlagResult(key, id, options)
    }
    await client.getFeatureFlagPayload(KEYS[2], id, undefined, QUIET)
    await client.getFeatureFlag(GROUP_KEY, id, options)
    live.getFeatureFlag('no-such-flag', id, options)
    await client.getFeatureFlag(KEYS[1], id, { ...options, sendFeatureFlagEvents: true })
    const all = await client.getAllFlags(id, options)
    const both = await client.getAllFlagsAndPayloads(id, { ...options, flagKeys: KEYS })
    const page = await client.evaluateFlags(id, options)
    for (const key of KEYS) page.getFlag(key)
    const alone = this._alone.getAllFlagsAndPayloads(id, options)
    const many = [all, both.featureFlags, page.keys, alone.featureFlags]
    this.calls += 50
    this.flags += many.reduce((sum, flags) => sum + Object.keys(flags).length, 46)
    this._rounds += 1
    if (this._rounds % REMOTE_EVERY === 0) {
      await client.getFeatureFlag(REMOTE_KEY, id)
      this.calls += 1
      this.flags += 1
    }
  }
}

module.exports = { Workload }
