import { Statsig, StatsigUser } from '@statsig/statsig-node-core'
import { PLANS, SHARE, keys } from '../gates.mjs'

/** When the specs were last changed; earlier than the first release of the format they are not taken. */
const UPDATED_AT = 1_700_000_000_000

/** Its core in Rust. @type {import('../main.mjs').Product} */
export const statsig = {
  name: 'Statsig, user made beforehand',
  package: '@statsig/statsig-node-core',
  how: 'checkGate, one by one',
  create: () =>
    createStatsig(
      (id, properties) => new StatsigUser({ userID: id, custom: properties }),
      (user) => user
    ),
}

/** The same as a request would use it, with a user of its own. @type {import('../main.mjs').Product} */
export const statsigWithUser = {
  name: 'Statsig, user made in each call',
  package: '@statsig/statsig-node-core',
  how: 'new StatsigUser and checkGate, one by one',
  create: () =>
    createStatsig(
      (userID, custom) => ({ userID, custom }),
      (args) => new StatsigUser(args)
    ),
}

/**
 * @param {(id: string, properties: Record<string, any>) => any} toPerson
 * @param {(person: any) => StatsigUser} toUser
 */
async function createStatsig(toPerson, toUser) {
  const gate = (/** @type {string} */ key) => ({
    type: 'feature_gate',
    entity: 'feature_gate',
    salt: key,
    enabled: true,
    defaultValue: false,
    idType: 'userID',
    version: 1,
    rules: [
      {
        id: 'plan',
        name: 'plan',
        salt: key,
        passPercentage: SHARE,
        conditions: ['plan'],
        returnValue: true,
        idType: 'userID',
      },
    ],
  })
  const condition = {
    type: 'user_field',
    field: 'plan',
    operator: 'any',
    targetValue: PLANS,
    additionalValues: {},
    idType: 'userID',
  }
  const specs = JSON.stringify({
    has_updates: true,
    time: UPDATED_AT,
    feature_gates: Object.fromEntries(keys.map((key) => [key, gate(key)])),
    dynamic_configs: {},
    layer_configs: {},
    condition_map: { plan: condition },
    experiment_to_layer: {},
  })
  const client = new Statsig('secret-bench', {
    dataStore: {
      // Without all of its methods the store is not asked.
      async initialize() {},
      async shutdown() {},
      async set() {},
      supportPollingUpdatesFor: async () => false,
      get: async () => ({ result: specs, time: UPDATED_AT }),
    },
    disableNetwork: true,
    disableAllLogging: true,
    disableCountryLookup: true,
    enableIdLists: false,
    fallbackToStatsigApi: false,
    outputLogLevel: 'none',
  })
  await client.initialize()
  const one = (/** @type {string} */ key, /** @type {any} */ person) =>
    client.checkGate(toUser(person), key, { disableExposureLogging: true })
  return {
    toPerson,
    one,
    all(/** @type {any} */ person) {
      const user = toUser(person)
      return keys.filter((key) => client.checkGate(user, key, { disableExposureLogging: true }))
    },
    countOn: (/** @type {string[]} */ on) => on.length,
    close: () => client.shutdown(1000),
  }
}
