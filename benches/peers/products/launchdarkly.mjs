import { init } from '@launchdarkly/node-server-sdk'
import { TestData } from '@launchdarkly/node-server-sdk/integrations'
import { PLANS, SHARE, keys } from '../gates.mjs'

/** @type {import('../main.mjs').Product} */
export const launchdarkly = {
  name: 'LaunchDarkly',
  package: '@launchdarkly/node-server-sdk',
  how: 'boolVariation, allFlagsState; awaited',
  async create() {
    const data = new TestData()
    for (const key of keys) {
      const clause = { attribute: 'plan', op: 'in', values: PLANS, contextKind: 'user', negate: false }
      const variations = [
        { variation: 0, weight: SHARE * 1000 },
        { variation: 1, weight: (100 - SHARE) * 1000 },
      ]
      await data.usePreconfiguredFlag({
        key,
        version: 1,
        on: true,
        salt: key,
        variations: [true, false],
        fallthrough: { variation: 1 },
        offVariation: 1,
        rules: [{ id: 'plan', clauses: [clause], rollout: { contextKind: 'user', variations } }],
      })
    }
    const silent = { error() {}, warn() {}, info() {}, debug() {} }
    const options = { updateProcessor: data.getFactory(), sendEvents: false, diagnosticOptOut: true, logger: silent }
    const client = init('sdk-bench', options)
    await client.waitForInitialization({ timeout: 5 })
    return {
      toPerson: (key, properties) => ({ kind: 'user', key, ...properties }),
      one: (key, context) => client.boolVariation(key, context, false),
      all: (context) => client.allFlagsState(context),
      countOn: (state) => Object.values(state.allValues()).filter(Boolean).length,
      isAsync: true,
      close: () => client.close(),
    }
  },
}
