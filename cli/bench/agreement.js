'use strict'

const { isDeepStrictEqual } = require('node:util')

const { messageOf } = require('../definitions/file.js')

/**
 * @typedef {import('./contenders.js').Contenders} Contenders
 * @typedef {import('../definitions/people.js').Person} Person
 *
 * @typedef {object} Difference
 * @property {string} flag
 * @property {string} distinctId
 * @property {string} by what was called
 * @property {unknown} expected posthog-node's answer
 * @property {unknown} received
 *
 * @typedef {object} Agreement
 * @property {number} people for whom all flags were compared
 * @property {number} values flag values and payloads that were compared
 * @property {number} different how many of them differ
 * @property {Difference[]} differences the first of them
 * @property {string[]} decided keys of the flags that posthog-node decided locally for at least one of the people
 */

/** How many differences are kept. */
const MAX_DIFFERENCES = 50

/** What stands in place of an answer: for an absent value, and for an error. */
const ABSENT = '(no answer)'

/**
 * Compares what the contenders answer: for each person all flags with their payloads, and one flag after the other by
 * itself. Stops when the time is over, but not before two people were asked about.
 *
 * @param {Contenders} contenders
 * @param {string[]} keys
 * @param {Person[]} people
 * @param {{ limitMs: number, onPerson: (count: number) => void }} how
 * @returns {Promise<Agreement>}
 */
async function compareAnswers({ stock, client, evaluator }, keys, people, { limitMs, onPerson }) {
  const comparison = new Comparison()
  const until = performance.now() + limitMs
  let compared = 0
  for (const [index, person] of people.entries()) {
    if (compared >= 2 && performance.now() > until) {
      break
    }
    onPerson(index)
    const { distinctId, ...about } = person
    const options = { ...about, onlyEvaluateLocally: true }
    const expected = await outcomeOf(() => stock.getAllFlagsAndPayloads(distinctId, options))
    const received = await outcomeOf(() => client.getAllFlagsAndPayloads(distinctId, options))
    comparison.compareAll(keys, person, 'getAllFlagsAndPayloads', expected, received)
    const direct = await outcomeOf(() => evaluator.getAllFlagsAndPayloads(distinctId, about))
    comparison.compareAll(keys, person, 'LocalEvaluator.getAllFlagsAndPayloads', expected, direct)

    // Every flag gets its turn: as many by themselves for each person as it takes.
    const share = Math.ceil(keys.length / people.length)
    for (let at = 0; at < share; at++) {
      const key = keys[(index * share + at) % keys.length]
      const single = { ...options, sendFeatureFlagEvents: false }
      const one = await outcomeOf(() => stock.getFeatureFlag(key, distinctId, single))
      const other = await outcomeOf(() => client.getFeatureFlag(key, distinctId, single))
      comparison.compare(key, person, 'getFeatureFlag', one, other)
      const alone = await outcomeOf(() => evaluator.getFeatureFlag(key, distinctId, about))
      comparison.compare(key, person, 'LocalEvaluator.getFeatureFlag', one, alone)
    }
    compared += 1
  }
  return { people: compared, ...comparison.result() }
}

/**
 * @param {() => unknown} call
 * @returns {Promise<any>}
 */
async function outcomeOf(call) {
  try {
    return await call()
  } catch (error) {
    return new Failure(messageOf(error))
  }
}

/** What was thrown instead of an answer. */
class Failure {
  /** @param {string} message */
  constructor(message) {
    this.message = message
  }
}

class Comparison {
  constructor() {
    this._values = 0
    this._different = 0
    /** @type {Difference[]} */
    this._differences = []
    /** @type {Set<string>} */
    this._decided = new Set()
  }

  /**
   * @param {string[]} keys
   * @param {Person} person
   * @param {string} by
   * @param {any} expected
   * @param {any} received
   */
  compareAll(keys, person, by, expected, received) {
    if (expected instanceof Failure || received instanceof Failure) {
      this.compare('(all)', person, by, expected, received)
      return
    }
    for (const key of keys) {
      const [value, other] = [expected, received].map(({ featureFlags }) => ownOf(featureFlags, key))
      if (value !== undefined) {
        this._decided.add(key)
      }
      this.compare(key, person, by, value, other)
      const [payload, another] = [expected, received].map(({ featureFlagPayloads }) => ownOf(featureFlagPayloads, key))
      if (payload !== undefined || another !== undefined) {
        this.compare(key, person, `${by}, the payload`, payload, another)
      }
    }
  }

  /**
   * @param {string} flag
   * @param {Person} person
   * @param {string} by
   * @param {unknown} expected
   * @param {unknown} received
   */
  compare(flag, { distinctId }, by, expected, received) {
    this._values += 1
    const bothFail = expected instanceof Failure && received instanceof Failure
    if (bothFail || isDeepStrictEqual(expected, received)) {
      return
    }
    this._different += 1
    if (this._differences.length < MAX_DIFFERENCES) {
      this._differences.push({ flag, distinctId, by, expected: shown(expected), received: shown(received) })
    }
  }

  result() {
    return {
      values: this._values,
      different: this._different,
      differences: this._differences,
      decided: [...this._decided],
    }
  }
}

/**
 * @param {any} object
 * @param {string} key
 */
function ownOf(object, key) {
  return object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined
}

/** @param {unknown} value */
function shown(value) {
  return value instanceof Failure ? `threw ${value.message}` : value === undefined ? ABSENT : value
}

module.exports = { compareAnswers }
