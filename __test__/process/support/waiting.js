'use strict'

const { DefinitionsServer } = require('../../support/definitions-server')
const { flag } = require('../../support/flags')
const { memoryProvider } = require('../../support/providers')

const QUIET = { sendFeatureFlagEvents: false }
/** All that may wait for a load. @type {Record<string, (client: any, number: number) => Promise<unknown>>} */
const WAITERS = {
  getFeatureFlag: (client, number) => client.getFeatureFlag('on', `user-${number}`, QUIET),
  isFeatureEnabled: (client, number) => client.isFeatureEnabled('on', `user-${number}`, QUIET),
  getFeatureFlagPayload: (client, number) => client.getFeatureFlagPayload('on', `user-${number}`, undefined, QUIET),
  getAllFlags: (client, number) => client.getAllFlags(`user-${number}`),
  getAllFlagsAndPayloads: (client, number) => client.getAllFlagsAndPayloads(`user-${number}`),
  evaluateFlags: async (client, number) => (await client.evaluateFlags(`user-${number}`)).isEnabled('on'),
  waitForLocalEvaluationReady: (client) => client.waitForLocalEvaluationReady(3000),
  reloadFeatureFlags: (client) => client.reloadFeatureFlags(),
  'the event of a load': (client) => new Promise((resolve) => client.on('localEvaluationFlagsLoaded', resolve)),
}

/**
 * A client of whom much is asked before its first load is over, and what came of all that.
 *
 * @param {import('node:test').TestContext} t
 * @param {any} PostHog
 * @param {object} scenario
 * @param {number} [scenario.each] calls of each kind
 * @param {string[]} [scenario.kinds]
 * @param {number} [scenario.delayMs] of the server
 * @param {import('../../support/definitions-server').ScriptedAnswer} [scenario.fault]
 * @param {Parameters<typeof memoryProvider>[0]} [scenario.provider]
 * @param {Record<string, unknown>} [scenario.options]
 */
async function startWaiting(
  t,
  PostHog,
  { each = 1, kinds = Object.keys(WAITERS), delayMs = 0, fault, provider, options }
) {
  const server = await DefinitionsServer.start()
  t.after(() => server.close())
  server.setDefinitions({ flags: [flag('on')] }, { etag: '"1"' })
  server.setDelay(delayMs)
  server.setFault(fault)
  const cache = provider && memoryProvider(provider)
  const client = new PostHog('phc_project', {
    host: server.url,
    secretKey: 'phs_secret',
    flagDefinitionCacheProvider: cache,
    // What is captured after the shutdown is not sent to a server that is gone.
    flushInterval: 3_600_000,
    ...options,
  })
  /** @type {string[]} */
  const errors = []
  client.on('error', (/** @type {Error} */ error) => errors.push(error.message))
  const answers = kinds.flatMap((kind) => Array.from({ length: each }, (_, number) => WAITERS[kind](client, number)))
  return { client, server, errors, answers: Promise.all(answers), calls: cache?.calls ?? [] }
}

/** @param {DefinitionsServer} server */
function remoteEvaluations(server) {
  return server.requests.filter(({ method, path }) => method === 'POST' && path.startsWith('/flags')).length
}

module.exports = { WAITERS, remoteEvaluations, startWaiting }
