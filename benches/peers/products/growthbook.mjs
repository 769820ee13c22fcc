import { GrowthBookClient } from '@growthbook/growthbook'
import { PLANS, SHARE, keys } from '../gates.mjs'

/** @type {import('../main.mjs').Product} */
export const growthbook = {
  name: 'GrowthBook',
  package: '@growthbook/growthbook',
  how: 'GrowthBookClient.isOn, one by one',
  async create() {
    const feature = (/** @type {string} */ seed) => ({
      defaultValue: false,
      rules: [{ force: true, condition: { plan: { $in: PLANS } }, coverage: SHARE / 100, hashAttribute: 'id', seed }],
    })
    const client = new GrowthBookClient().initSync({
      payload: { features: Object.fromEntries(keys.map((key) => [key, feature(key)])) },
    })
    const one = (/** @type {string} */ key, /** @type {any} */ context) => client.isOn(key, context)
    return {
      toPerson: (id, properties) => ({ attributes: { id, ...properties } }),
      one,
      all: (context) => keys.filter((key) => one(key, context)),
      countOn: (on) => on.length,
      close: () => client.destroy(),
    }
  },
}
