import { InMemStorageProvider, Unleash } from 'unleash-client'
import { PLANS, SHARE, keys } from '../gates.mjs'

/** @type {import('../main.mjs').Product} */
export const unleash = {
  name: 'Unleash',
  package: 'unleash-client',
  how: 'isEnabled, one by one',
  async create() {
    const feature = (/** @type {string} */ name) => ({
      name,
      type: 'release',
      enabled: true,
      stale: false,
      impressionData: false,
      strategies: [
        {
          name: 'flexibleRollout',
          parameters: { rollout: String(SHARE), stickiness: 'userId', groupId: name },
          constraints: [
            { contextName: 'plan', operator: 'IN', values: PLANS, inverted: false, caseInsensitive: false },
          ],
        },
      ],
      variants: [],
    })
    const client = new Unleash({
      appName: 'bench',
      url: 'http://127.0.0.1:9/api',
      // Never started: what it holds is what it is given here, and it asks nobody.
      disableAutoStart: true,
      disableMetrics: true,
      refreshInterval: 0,
      storageProvider: new InMemStorageProvider(),
      bootstrap: { data: /** @type {any} */ (keys.map(feature)) },
      skipInstanceCountWarning: true,
    })
    // Of its start, the part that reads the bootstrap.
    const { repository } = /** @type {any} */ (client)
    await repository.loadBootstrap()
    const one = (/** @type {string} */ key, /** @type {any} */ context) => client.isEnabled(key, context)
    return {
      toPerson: (userId, properties) => ({ userId, properties }),
      one,
      all: (context) => keys.filter((key) => one(key, context)),
      countOn: (on) => on.length,
      close: () => client.destroy(),
    }
  },
}
