import contenders from '../../node/contenders.js'
import definitions from '../../node/definitions/flag-definitions.js'
import { GATES } from '../gates.mjs'

/** The contenders of `npm run bench`, asked for the same gates. */
const all = contenders.createContenders(definitions.gatesDocument(GATES))
const OPTIONS = { onlyEvaluateLocally: true, sendFeatureFlagEvents: false }

/** @type {import('../main.mjs').Product} */
export const evaluator = {
  name: contenders.NAMES.evaluator,
  package: 'posthog-node-native',
  how: 'getFeatureFlag, getAllFlags',
  isOwn: true,
  async create() {
    const { evaluator: own } = await all
    return {
      toPerson: (id, personProperties) => ({ id, about: { personProperties } }),
      one: (key, { id, about }) => own.getFeatureFlag(key, id, about) === true,
      all: ({ id, about }) => own.getAllFlags(id, about),
      countOn,
      // All of them, those that are not compared here too.
      close: async () => contenders.shutDown(await all),
    }
  },
}

export const client = clientProduct('client', 'posthog-node-native')
export const stock = clientProduct('stock', 'posthog-node')

/**
 * @param {'client' | 'stock'} contender
 * @param {string} name
 * @returns {import('../main.mjs').Product}
 */
function clientProduct(contender, name) {
  return {
    name: contenders.NAMES[contender],
    package: name,
    how: 'getFeatureFlag, getAllFlags; awaited',
    isOwn: true,
    async create() {
      const posthog = (await all)[contender]
      return {
        toPerson: (id, personProperties) => ({ id, about: { ...OPTIONS, personProperties } }),
        one: async (key, { id, about }) => (await posthog.getFeatureFlag(key, id, about)) === true,
        all: ({ id, about }) => posthog.getAllFlags(id, about),
        countOn,
        isAsync: true,
        close() {},
      }
    },
  }
}

/** @param {Record<string, unknown>} flags */
function countOn(flags) {
  return Object.values(flags).filter(Boolean).length
}
