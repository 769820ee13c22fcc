'use strict'

const { canaryDefinitions, canaryPeople } = require('./definitions.js')

/**
 * The answer for one person: the value, with its payload if it has one; null if the flag is left to the server.
 *
 * @typedef {string | boolean | null | { value: string | boolean, payload: unknown }} Answer
 */

/** Nothing is sent, and no timer runs. */
const OPTIONS = { host: 'http://127.0.0.1:9', disableGeoip: true, featureFlagsPollingInterval: null }

/**
 * What the clients of a package answer to the canaries.
 *
 * @param {any} PostHog its class
 * @param {object} [options]
 * @returns {Promise<Record<string, Answer[]>>} by flag, in the order of people
 * @throws {Error} if the definitions are not loaded
 */
async function askCanaries(PostHog, options) {
  const definitions = canaryDefinitions()
  const client = new PostHog('phc_doctor', {
    ...OPTIONS,
    ...options,
    flagDefinitionCacheProvider: {
      getFlagDefinitions: () => definitions,
      shouldFetchFlagDefinitions: () => false,
      onFlagDefinitionsReceived() {},
      shutdown() {},
    },
  })
  try {
    if (!(await client.waitForLocalEvaluationReady(10_000))) {
      throw new Error('the definitions were not loaded')
    }
    /** @type {any[]} */
    const ofPeople = []
    for (const { distinctId, ...about } of canaryPeople()) {
      ofPeople.push(await client.getAllFlagsAndPayloads(distinctId, { ...about, onlyEvaluateLocally: true }))
    }
    return Object.fromEntries(
      definitions.flags.map(({ key }) => [
        key,
        ofPeople.map(({ featureFlags, featureFlagPayloads }) =>
          answerOf(featureFlags?.[key], featureFlagPayloads?.[key])
        ),
      ])
    )
  } finally {
    await client.shutdown(1000)
  }
}

/**
 * @param {string | boolean | undefined} value
 * @param {unknown} payload
 * @returns {Answer}
 */
function answerOf(value, payload) {
  if (value === undefined) {
    return null
  }
  return payload === undefined || payload === null ? value : { value, payload }
}

module.exports = { askCanaries }
