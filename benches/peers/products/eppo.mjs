import { createRequire } from 'node:module'
import { PLANS, SHARE, keys } from '../gates.mjs'

const require = createRequire(import.meta.url)

/** @type {import('../main.mjs').Product} */
export const eppo = {
  name: 'Eppo',
  package: '@eppo/node-server-sdk',
  how: 'getBooleanAssignment, one by one',
  async create() {
    // The client that its Node package makes, from the package that it has it from: its own `init` goes to the network.
    const {
      EppoClient,
      MemoryOnlyConfigurationStore,
      VariationType,
      applicationLogger,
    } = require('@eppo/js-client-sdk-common')
    applicationLogger.level = 'silent'
    const flag = (/** @type {string} */ key) => ({
      key,
      enabled: true,
      variationType: VariationType.BOOLEAN,
      variations: { on: { key: 'on', value: true }, off: { key: 'off', value: false } },
      totalShards: 10_000,
      allocations: [
        {
          key: 'plan',
          doLog: false,
          rules: [{ conditions: [{ attribute: 'plan', operator: 'ONE_OF', value: PLANS }] }],
          splits: [
            { variationKey: 'on', shards: [{ salt: key, ranges: [{ start: 0, end: SHARE * 100 }] }] },
            { variationKey: 'off', shards: [] },
          ],
        },
      ],
    })
    const flagConfigurationStore = new MemoryOnlyConfigurationStore()
    await flagConfigurationStore.setEntries(Object.fromEntries(keys.map((key) => [key, flag(key)])))
    flagConfigurationStore.setFormat('SERVER')
    const client = new EppoClient({ flagConfigurationStore })
    const one = (/** @type {string} */ key, /** @type {any} */ { id, properties }) =>
      client.getBooleanAssignment(key, id, properties, false)
    return {
      toPerson: (id, properties) => ({ id, properties }),
      one,
      all: (context) => keys.filter((key) => one(key, context)),
      countOn: (on) => on.length,
      close() {},
    }
  },
}
