'use strict'

const { variedDefinitions, variedPeople } = require('./varied-definitions.js')

/**
 * More of what is timed for people who differ: a flag by the client, many requests at once, and payloads that are wide.
 *
 * @typedef {import('./cases.js').Case} Case
 * @typedef {import('./cases.js').Call} Call
 * @typedef {import('./contenders.js').Contenders} Contenders
 * @typedef {import('./contenders.js').Client} Client
 */

const COUNT = 4096
const AT_ONCE = 100
const people = variedPeople(COUNT, 16)

/** A flag of three variants. */
const MULTIVARIATE = 'checkout-limits-8'

/** Fields of a wide payload, of which the first have others inside. */
const FIELDS = 40

/**
 * @param {Contenders} contenders
 * @param {(client: Client) => Call} callOf
 */
function clients({ stock, sync, client, floor }, callOf) {
  return { stock: callOf(stock), sync: callOf(sync), client: callOf(client), floor: callOf(floor) }
}

/** @param {Client} client @returns {Call} */
function getFeatureFlag(client) {
  return (turn) => {
    const { distinctId, personProperties, groups, groupProperties } = people[turn % COUNT]
    return client.getFeatureFlag(MULTIVARIATE, distinctId, {
      personProperties,
      groups,
      groupProperties,
      onlyEvaluateLocally: true,
      sendFeatureFlagEvents: false,
    })
  }
}

/** @param {Client} client @returns {Call} */
function getAllFlags(client) {
  return (turn) => {
    const { distinctId, personProperties, groups, groupProperties } = people[turn % COUNT]
    return client.getAllFlags(distinctId, { personProperties, groups, groupProperties, onlyEvaluateLocally: true })
  }
}

/** @param {Client} client @returns {Call} */
function getAllFlagsAndPayloads(client) {
  return (turn) => {
    const { distinctId, personProperties, groups, groupProperties } = people[turn % COUNT]
    return client.getAllFlagsAndPayloads(distinctId, {
      personProperties,
      groups,
      groupProperties,
      onlyEvaluateLocally: true,
    })
  }
}

/** @param {Client} client @returns {Call} */
function manyAtOnce(client) {
  const call = getAllFlags(client)
  return (turn) => Promise.all(Array.from({ length: AT_ONCE }, (_, index) => call(turn * AT_ONCE + index)))
}

/** 100 flags, each with a payload of many fields. */
function wideDefinitions() {
  const document = variedDefinitions(100)
  const fields = (/** @type {number} */ flag) =>
    Array.from({ length: FIELDS }, (_, field) => [
      `field_${field}`,
      field < 4 ? { of: [flag, field], on: true } : `${flag}-${field}`,
    ])
  document.flags.forEach((/** @type {any} */ flag, /** @type {number} */ index) => {
    const values = flag.filters.multivariate ? ['control', 'blue', 'green'] : ['true']
    const payload = JSON.stringify(Object.fromEntries(fields(index)))
    flag.filters.payloads = Object.fromEntries(values.map((value) => [value, payload]))
  })
  return document
}

/** @type {Case[]} */
const moreVariedCases = [
  {
    name: 'people/one-by-client',
    title: 'getFeatureFlag of the client, 3 variants',
    varies: true,
    document: () => variedDefinitions(100),
    calls: (contenders) => clients(contenders, getFeatureFlag),
  },
  {
    name: 'people/at-once',
    title: '100 getAllFlags of 100 flags at once, until the last is answered',
    size: 100 * AT_ONCE,
    varies: true,
    document: () => variedDefinitions(100),
    calls: (contenders) => clients(contenders, manyAtOnce),
  },
  {
    name: 'people/wide-payloads',
    title: `all of 100 flags, each with a payload of ${FIELDS} fields`,
    size: 100,
    varies: true,
    document: wideDefinitions,
    calls: (contenders) => clients(contenders, getAllFlagsAndPayloads),
  },
]

module.exports = { moreVariedCases }
