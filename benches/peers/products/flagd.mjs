import { FlagdCore } from '@openfeature/flagd-core'
import { PLANS, SHARE, keys } from '../gates.mjs'

/** @type {import('../main.mjs').Product} */
export const flagd = {
  name: 'flagd-core',
  package: '@openfeature/flagd-core',
  how: 'resolveBooleanEvaluation, resolveAll',
  async create() {
    const silent = { error() {}, warn() {}, info() {}, debug() {} }
    const core = new FlagdCore(undefined, silent)
    const split = {
      fractional: [{ cat: [{ var: '$flagd.flagKey' }, { var: 'targetingKey' }] }, ['on', SHARE], ['off', 100 - SHARE]],
    }
    const flag = {
      state: 'ENABLED',
      variants: { on: true, off: false },
      defaultVariant: 'off',
      targeting: { if: [{ in: [{ var: 'plan' }, PLANS] }, split, 'off'] },
    }
    core.setConfigurations(JSON.stringify({ flags: Object.fromEntries(keys.map((key) => [key, flag])) }))
    return {
      toPerson: (targetingKey, properties) => ({ targetingKey, ...properties }),
      one: (key, context) => core.resolveBooleanEvaluation(key, false, context, silent).value,
      all: (context) => core.resolveAll(context, silent),
      countOn: (details) => details.filter((/** @type {any} */ { value }) => value).length,
      close() {},
    }
  },
}
