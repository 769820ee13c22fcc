'use strict'

const { allByEvaluator, allOf, evaluationsOf, flagByEvaluator, flagOf } = require('./calls.js')

/**
 * What is timed.
 *
 * @typedef {import('./contenders.js').Contenders} Contenders
 * @typedef {import('../definitions/people.js').Person} Person
 * @typedef {(turn: number) => unknown} Call
 *
 * @typedef {object} Case
 * @property {string} name stable, for programs that read `--json`
 * @property {string} title
 * @property {Partial<Record<keyof Contenders, Call>>} calls
 */

/** How many calls run at once, unless that would take posthog-node too long. */
const AT_ONCE = 100
const LONGEST_MS = 1500

/**
 * @param {Contenders} contenders
 * @param {string[]} keys of flags that are decided locally
 * @param {Person[]} people
 * @returns {Case[]}
 */
function simpleCases({ stock, client, evaluator }, keys, people) {
  const personOf = (/** @type {number} */ turn) => people[turn % people.length]
  // The next time it is another flag for the same person.
  const keyOf = (/** @type {number} */ turn) => keys[(turn + Math.floor(turn / people.length)) % keys.length]
  return [
    {
      name: 'getFeatureFlag',
      title: `getFeatureFlag, ${keys.length} flags in turn`,
      calls: {
        ...both({ stock, client }, (each) => (turn) => flagOf(each, keyOf(turn), personOf(turn))),
        evaluator: (turn) => flagByEvaluator(evaluator, keyOf(turn), personOf(turn)),
      },
    },
    {
      name: 'getAllFlagsAndPayloads',
      title: 'getAllFlagsAndPayloads',
      calls: {
        ...both({ stock, client }, (each) => (turn) => allOf(each, personOf(turn))),
        evaluator: (turn) => allByEvaluator(evaluator, personOf(turn)),
      },
    },
    {
      name: 'evaluateFlags',
      title: 'evaluateFlags, and three of them read',
      calls: both({ stock, client }, (each) => async (turn) => {
        const flags = await evaluationsOf(each, personOf(turn))
        return [flags.isEnabled(keyOf(turn)), flags.getFlag(keyOf(turn + 1)), flags.getFlagPayload(keyOf(turn + 2))]
      }),
    },
  ]
}

/**
 * Many requests that arrive together. One by one, posthog-node takes `stockNs` for all flags.
 *
 * @param {Contenders} contenders
 * @param {Person[]} people
 * @param {number} stockNs
 * @returns {Case | undefined} nothing where even a few would take too long
 */
function concurrentCase({ stock, client }, people, stockNs) {
  const count = Math.min(AT_ONCE, Math.floor((LONGEST_MS * 1e6) / stockNs))
  if (count < 2) {
    return undefined
  }
  return {
    name: 'concurrent',
    title: `getAllFlags for ${count} people at once, until the last is answered`,
    calls: both(
      { stock, client },
      (each) => (turn) =>
        Promise.all(
          Array.from({ length: count }, (_, index) => {
            const { distinctId, personProperties, groups, groupProperties } = people[(turn + index) % people.length]
            return each.getAllFlags(distinctId, {
              personProperties,
              groups,
              groupProperties,
              onlyEvaluateLocally: true,
            })
          })
        )
    ),
  }
}

/**
 * @param {Pick<Contenders, 'stock' | 'client'>} clients
 * @param {(client: import('./contenders.js').Client) => Call} callOf
 */
function both({ stock, client }, callOf) {
  return { stock: callOf(stock), client: callOf(client) }
}

module.exports = { concurrentCase, simpleCases }
