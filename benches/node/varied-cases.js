'use strict'

const { allByEvaluator, allOf, evaluationsOf, flagByEvaluator, flagOf } = require('../../cli/bench/calls.js')
const { keyOf, variedDefinitions, variedPeople } = require('./varied-definitions.js')

/**
 * What is timed over flags of every kind for people who differ, as in a real project.
 *
 * @typedef {import('./cases.js').Case} Case
 * @typedef {import('./cases.js').Call} Call
 * @typedef {import('./contenders.js').Contenders} Contenders
 * @typedef {import('./contenders.js').Client} Client
 */

const COUNT = 4096
const people = variedPeople(COUNT, 16)
const manyKinds = variedPeople(4000, 2000)

/** Flags that all sizes have; written out, as a program does: V8 knows such texts. */
const ROLLOUT = 'checkout-layout-0'
const WITH_PAYLOAD = 'editor-beta-7'
const MULTIVARIATE = 'checkout-limits-8'

/** @type {(keyof Contenders)[]} */
const ALONE = ['stock', 'sync', 'client', 'floor']

/** @param {number} turn */
const personOf = (turn) => people[turn % COUNT]

/**
 * @param {Contenders} contenders
 * @param {(client: Client) => Call} callOf
 */
function clients({ stock, sync, client, floor }, callOf) {
  return { stock: callOf(stock), sync: callOf(sync), client: callOf(client), floor: callOf(floor) }
}

/** @param {Client} client @returns {Call} */
function getAll(client) {
  return (turn) => allOf(client, personOf(turn))
}

/** @param {number} count @returns {Case} */
function allCase(count) {
  return {
    name: `people/all/${count}`,
    title: `all of ${count.toLocaleString('en')} flags`,
    size: count,
    varies: true,
    document: () => variedDefinitions(count),
    calls: (contenders) => ({
      ...clients(contenders, getAll),
      evaluator: (turn) => allByEvaluator(contenders.evaluator, personOf(turn)),
    }),
  }
}

/** @param {number} count @returns {Case} */
function evaluateFlagsCase(count) {
  return {
    name: `people/evaluate-flags/${count}`,
    title: `evaluateFlags of ${count.toLocaleString('en')}, three read`,
    size: count,
    varies: true,
    document: () => variedDefinitions(count),
    calls: (contenders) =>
      clients(contenders, (client) => async (turn) => {
        const flags = await evaluationsOf(client, personOf(turn))
        return [flags.isEnabled(ROLLOUT), flags.getFlagPayload(WITH_PAYLOAD), flags.getFlag(MULTIVARIATE)]
      }),
  }
}

/** What a process that has reloaded is compared with: beside others the same call takes another time. @type {Case} */
const loadedOnceCase = {
  ...allCase(1000),
  name: 'people/loaded-once',
  title: 'all of 1,000 flags, in a process of its own',
  apart: ALONE,
  calls: (contenders) => clients(contenders, getAll),
}

/** A process that has loaded definitions several times, each time with another flag. @type {Case} */
const reloadedCase = {
  ...loadedOnceCase,
  name: 'people/reloaded',
  title: 'the same, after 5 reloads that added a flag each',
  async prepare({ stock, sync, client }, document) {
    const added = variedDefinitions(document.flags.length + 5).flags.slice(-5)
    for (const flag of added) {
      // Enough calls that what is made for frequent ones has been made.
      for (let turn = 0; turn < 300; turn++) {
        await getAll(client)(turn)
      }
      document.flags.push(flag)
      await Promise.all([stock, sync, client].map((each) => each.reloadFeatureFlags()))
    }
  },
}

/** @type {Case} */
const kindsCase = {
  name: 'people/kinds',
  title: 'evaluateFlags of 600, 2,000 kinds of people, one read',
  apart: ALONE,
  size: 600,
  varies: true,
  document: () => variedDefinitions(600),
  calls: (contenders) =>
    clients(contenders, (client) => async (turn) => {
      const flags = await evaluationsOf(client, manyKinds[turn % manyKinds.length])
      return flags.isEnabled(ROLLOUT)
    }),
}

/** @type {Case} */
const flagKeysCase = {
  name: 'people/flag-keys',
  title: 'evaluateFlags of 3 of 1,000 by flagKeys, all read',
  size: 3,
  varies: true,
  document: () => variedDefinitions(1000),
  calls: (contenders) =>
    clients(contenders, (client) => async (turn) => {
      const flags = await evaluationsOf(client, personOf(turn), [ROLLOUT, WITH_PAYLOAD, MULTIVARIATE])
      return [flags.isEnabled(ROLLOUT), flags.getFlagPayload(WITH_PAYLOAD), flags.getFlag(MULTIVARIATE)]
    }),
}

/** @type {Case} */
const captureCase = {
  name: 'people/capture',
  title: 'evaluateFlags of 100, one read, capture({ flags })',
  size: 100,
  varies: true,
  document: () => variedDefinitions(100),
  calls: (contenders) =>
    clients(contenders, (client) => async (turn) => {
      const person = personOf(turn)
      const flags = await evaluationsOf(client, person)
      const isEnabled = flags.isEnabled(ROLLOUT)
      client.capture({ distinctId: person.distinctId, event: 'page viewed', flags })
      return isEnabled
    }),
}

/** One flag of a kind among 100. @param {string} name @param {string} title @param {number} index @returns {Case} */
function singleCase(name, title, index) {
  // As a key that is written out, which V8 knows: a text that was put together is looked up more slowly.
  const [key] = Object.keys({ [keyOf(index)]: true })
  return {
    name: `people/single/${name}`,
    title: `one flag, ${title}`,
    varies: true,
    document: () => variedDefinitions(100),
    calls: ({ stock, evaluator }) => ({
      stock: (turn) => flagOf(stock, key, personOf(turn)),
      evaluator: (turn) => flagByEvaluator(evaluator, key, personOf(turn)),
    }),
  }
}

/** @type {Case[]} */
const variedCases = [
  singleCase('variants', '3 variants', 8),
  singleCase('cohort', 'cohort', 10),
  singleCase('group', 'group', 11),
  ...[10, 100, 1000, 5000].map(allCase),
  ...[10, 100, 1000].map(evaluateFlagsCase),
  loadedOnceCase,
  reloadedCase,
  kindsCase,
  flagKeysCase,
  captureCase,
]

module.exports = { variedCases }
