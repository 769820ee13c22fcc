'use strict'

const assert = require('node:assert/strict')
const definitions = require('./definitions/flag-definitions.js')
const mixed = require('./definitions/mixed-definitions.js')
const { moreVariedCases } = require('./more-varied-cases.js')
const { variedCases } = require('./varied-cases.js')

/**
 * What is timed: calls to the contenders over the same definitions. Options are passed as an object literal, as callers
 * write it: a spread in its place costs every client several times what a flag does.
 *
 * @typedef {import('./contenders.js').Contenders} Contenders
 * @typedef {(turn: number) => unknown} Call
 *
 * @typedef {object} Case
 * @property {string} name `section/what`, as `--only` takes it
 * @property {string} title
 * @property {number} [size] how many flags one call evaluates
 * @property {boolean} [varies] the answer depends on the distinct id, which is asserted
 * @property {() => any} document
 * @property {(keyof Contenders)[]} [apart] contenders that are timed in a process of their own each: what ages is the process
 * @property {(contenders: Contenders, document: any) => Promise<void>} [prepare] what has happened in the process before
 * @property {(contenders: Contenders) => Partial<Record<keyof Contenders, Call>>} calls
 */

const { personProperties, groups, groupProperties } = mixed.about

/** @param {number} turn */
function id(turn) {
  return mixed.distinctIds[turn % mixed.distinctIds.length]
}

/**
 * @param {import('posthog-node').PostHog} client
 * @param {string} key
 * @param {(turn: number) => Record<string, any>} [person]
 * @returns {Call}
 */
function getFeatureFlag(client, key, person) {
  if (person) {
    return (turn) =>
      client.getFeatureFlag(key, id(turn), {
        personProperties: person(turn),
        groups,
        groupProperties,
        onlyEvaluateLocally: true,
        sendFeatureFlagEvents: false,
      })
  }
  return (turn) =>
    client.getFeatureFlag(key, id(turn), {
      personProperties,
      groups,
      groupProperties,
      onlyEvaluateLocally: true,
      sendFeatureFlagEvents: false,
    })
}

/**
 * @param {Contenders} contenders
 * @param {(client: import('posthog-node').PostHog) => Call} callOf
 */
function clients({ stock, sync, client, floor }, callOf) {
  return { stock: callOf(stock), sync: callOf(sync), client: callOf(client), floor: callOf(floor) }
}

/** @returns {Case[]} */
function singleCases() {
  const cases = Object.entries(definitions.KINDS).map(([key, title]) => ({
    name: `single/${key}`,
    title,
    varies: !['everyone', 'cohort'].includes(key),
    document: definitions.kindsDocument,
    calls: (/** @type {Contenders} */ contenders) => ({
      ...clients(contenders, (client) => getFeatureFlag(client, key)),
      evaluator: (/** @type {number} */ turn) =>
        contenders.evaluator.getFeatureFlag(key, id(turn), { personProperties, groups, groupProperties }),
    }),
  }))
  /** @param {number} turn */
  const person = (turn) => definitions.shapes[turn % definitions.shapes.length]
  return [
    ...cases,
    {
      name: 'single/gate-16-shapes',
      title: '50 % rollout, 1 condition; 16 person shapes',
      varies: true,
      document: definitions.kindsDocument,
      calls: (contenders) => ({
        ...clients(contenders, (client) => getFeatureFlag(client, 'gate', person)),
        evaluator: (turn) =>
          contenders.evaluator.getFeatureFlag('gate', id(turn), {
            personProperties: person(turn),
            groups,
            groupProperties,
          }),
      }),
    },
  ]
}

/**
 * @param {number} count
 * @returns {Case}
 */
function allCase(count) {
  return {
    name: `all/${count}`,
    title: `${count.toLocaleString('en')} mixed flags`,
    size: count,
    varies: true,
    document: () => mixed.mixedDefinitions(count),
    calls: (contenders) => ({
      ...clients(
        contenders,
        (client) => (turn) =>
          client.getAllFlagsAndPayloads(id(turn), {
            personProperties,
            groups,
            groupProperties,
            onlyEvaluateLocally: true,
          })
      ),
      evaluator: (turn) =>
        contenders.evaluator.getAllFlagsAndPayloads(id(turn), { personProperties, groups, groupProperties }),
    }),
  }
}

/**
 * @param {number} count
 * @returns {Case}
 */
function evaluateFlagsCase(count) {
  // A rollout, a flag with payloads and a multivariate one; what the mix has at these places.
  const [rollout, withPayload, multivariate] = ['flag-1', 'flag-7', 'flag-8']
  return {
    name: `evaluate-flags/${count}`,
    title: `${count.toLocaleString('en')} mixed flags, three read`,
    size: count,
    varies: true,
    document: () => mixed.mixedDefinitions(count),
    calls: (contenders) =>
      clients(contenders, (client) => async (turn) => {
        const flags = await client.evaluateFlags(id(turn), {
          personProperties,
          groups,
          groupProperties,
          onlyEvaluateLocally: true,
        })
        return [flags.isEnabled(rollout), flags.getFlagPayload(withPayload), flags.getFlag(multivariate)]
      }),
  }
}

/**
 * @param {number} count
 * @returns {Case}
 */
function rolloutsCase(count) {
  return {
    name: `rollouts/${count}`,
    title: `${count.toLocaleString('en')} without conditions`,
    size: count,
    varies: true,
    document: () => definitions.rolloutsDocument(count),
    calls: ({ stock, sync, evaluator }) => ({
      stock: (turn) => stock.getAllFlags(id(turn), { onlyEvaluateLocally: true }),
      sync: (turn) => sync.getAllFlags(id(turn), { onlyEvaluateLocally: true }),
      evaluator: (turn) => evaluator.getAllFlags(id(turn)),
    }),
  }
}

/** @returns {Case} */
function concurrentCase() {
  const AT_ONCE = 100
  return {
    name: 'concurrent/100',
    title: '100 calls at once over 100 mixed flags, until the last is answered',
    size: 100 * AT_ONCE,
    varies: true,
    document: () => mixed.mixedDefinitions(100),
    calls: (contenders) =>
      clients(
        contenders,
        (client) => (turn) =>
          Promise.all(
            Array.from({ length: AT_ONCE }, (_, index) =>
              client.getAllFlags(id(turn * AT_ONCE + index), {
                personProperties,
                groups,
                groupProperties,
                onlyEvaluateLocally: true,
              })
            )
          )
      ),
  }
}

/** @type {Case[]} */
const cases = [
  ...variedCases,
  ...moreVariedCases,
  ...singleCases(),
  ...[10, 100, 1000, 10_000].map(allCase),
  ...[10, 100, 1000].map(evaluateFlagsCase),
  ...[1, 10, 100, 1000].map(rolloutsCase),
  concurrentCase(),
]

/**
 * Asserts that all contenders but the floor give posthog-node's answer, for as many ids as fit the time.
 *
 * @param {Case} timed
 * @param {Partial<Record<keyof Contenders, Call>>} calls
 * @returns {Promise<number>} how many flag values were compared
 */
async function assertAgreement({ name, size = 1, varies }, calls) {
  const { stock, floor: _floor, ...others } = calls
  assert.ok(stock)
  /** @type {Set<string>} */
  const answers = new Set()
  const until = performance.now() + 500
  let turn = 0
  do {
    const expected = await stock(turn)
    answers.add(JSON.stringify(expected) ?? 'undefined')
    for (const [contender, call] of Object.entries(others)) {
      assert.deepEqual(await call(turn), expected, `${name}: ${contender} differs from posthog-node for ${id(turn)}`)
    }
    turn++
  } while (turn < 2 || (turn < 1000 && performance.now() < until))
  answers.delete('undefined')
  assert.ok(answers.size > 0, `${name}: posthog-node gave no answer`)
  if (turn >= 20 || size > 1) {
    assert.equal(answers.size > 1, Boolean(varies), `${name}: ${answers.size} different answers`)
  }
  return turn * size * Object.keys(others).length
}

module.exports = { assertAgreement, cases }
