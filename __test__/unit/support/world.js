'use strict'

const { DefinitionsServer } = require('../../support/definitions-server')
const { NATIVE, STOCK } = require('../../support/observe')
const { memoryProvider } = require('../../support/providers')

/**
 * A server and the clients that a test makes, all closed when it is over, however it ends.
 *
 * @param {import('node:test').TestContext} test
 * @param {unknown} [definitions]
 * @param {{ etag?: string }} [options]
 */
async function openWorld(test, definitions, options) {
  const server = await DefinitionsServer.start()
  if (definitions !== undefined) {
    server.setDefinitions(definitions, options)
  }
  /** @type {any[]} */
  const clients = []
  test.after(async () => {
    await Promise.all(clients.map((client) => client.shutdown(1000)))
    await server.close()
  })
  return {
    server,
    /**
     * A client that loads when it is asked to.
     *
     * @param {any} PostHog
     * @param {Record<string, unknown>} [more] options
     */
    open(PostHog, more) {
      const client = new PostHog('phc_project', {
        host: server.url,
        secretKey: 'phs_secret_of_a_test',
        featureFlagsPollingInterval: null,
        fetchRetryCount: 0,
        ...more,
      })
      clients.push(client)
      return client
    },
  }
}

/**
 * A client of posthog-node's and one of ours that have read the same definitions from a cache, and send events to a server.
 *
 * @param {import('node:test').TestContext} test
 * @param {object} definitions
 * @returns {Promise<[theirs: any, ours: any]>}
 */
async function openPair(test, definitions) {
  const { open } = await openWorld(test)
  const openOne = async (/** @type {any} */ PostHog) => {
    const client = open(PostHog, { flagDefinitionCacheProvider: memoryProvider({ fetch: false, cached: definitions }) })
    await client.waitForLocalEvaluationReady(10_000)
    return client
  }
  return [await openOne(STOCK), await openOne(NATIVE)]
}

/**
 * Puts a function of the console's in the place of the usual one while a test runs.
 *
 * @param {import('node:test').TestContext} test
 * @param {'debug' | 'warn' | 'info'} level
 * @returns {string[]} the lines that it is told
 */
function recordConsole(test, level) {
  /** @type {string[]} */
  const lines = []
  test.mock.method(console, level, (/** @type {unknown[]} */ ...parts) => void lines.push(parts.join(' ')))
  return lines
}

module.exports = { openPair, openWorld, recordConsole }
