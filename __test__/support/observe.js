'use strict'

/** @type {any} */
const posthogNode = require('posthog-node')

/** @type {any} */
const native = require('../..')
const { DefinitionsServer } = require('./definitions-server')
const { flag } = require('./flags')

/** posthog-node's client and ours, to be run side by side. */
const STOCK = posthogNode.PostHog
const NATIVE = native.PostHog

/**
 * @typedef {object} Scenario
 * @property {import('./definitions-server').ScriptedAnswer[]} [answers] to the first requests for definitions
 * @property {unknown} [definitions] served otherwise
 * @property {string} [etag] of those definitions
 * @property {number} [loads] how many loads to run, the one of the constructor included
 * @property {Record<string, unknown>} [options] of the client
 * @property {(client: any, server: DefinitionsServer, load: number) => unknown} [between] after each load, counted from 1
 */

/**
 * Runs a client without polling through a number of loads, and hands back all that can be seen of them: events, warnings,
 * requests and the flags held at the end.
 *
 * @param {any} PostHog
 * @param {Scenario} scenario
 */
async function observe(
  PostHog,
  { answers = [], definitions = { flags: [flag('on')] }, etag, loads = 1, options, between }
) {
  const server = await DefinitionsServer.start()
  server.setDefinitions(definitions, { etag })
  server.script(...answers)
  /** @type {unknown[][]} */
  const log = []
  const restore = captureWarnings((line) => log.push(['warn', line]))
  const client = new PostHog('phc_project', {
    host: server.url,
    secretKey: 'phs_secret',
    featureFlagsPollingInterval: null,
    ...options,
  })
  try {
    client.on('error', (/** @type {Error} */ error) => log.push(['error', error.name, error.message]))
    client.on('localEvaluationFlagsLoaded', (/** @type {number} */ count) => log.push(['loaded', count]))
    for (let load = 1; load <= loads; load += 1) {
      // The first of them joins the load that the constructor began.
      await client.reloadFeatureFlags()
      await between?.(client, server, load)
    }
    return {
      log,
      requests: server.definitionRequests.map(essentials),
      flags: client.getFeatureFlagKeysByEvaluationRuntime('all'),
      ready: client.isLocalEvaluationReady(),
    }
  } finally {
    await client.shutdown()
    await server.close()
    restore()
  }
}

/**
 * What of a request decides how PostHog answers it.
 *
 * @param {import('./definitions-server').RecordedRequest} request
 */
function essentials({ method, path, query, headers }) {
  const { authorization, 'content-type': contentType, 'user-agent': userAgent, 'if-none-match': ifNoneMatch } = headers
  return { method, path, query, authorization, contentType, userAgent, ifNoneMatch }
}

/**
 * @param {(line: string) => void} record of warnings about flag definitions; those about deprecated methods are dropped
 * @returns {() => void} puts `console.warn` back
 */
function captureWarnings(record) {
  const { warn } = console
  console.warn = (line) => {
    if (/^\[PostHog\] You are using local|^\[FEATURE FLAGS\]/.test(line)) {
      record(line)
    }
  }
  return () => {
    console.warn = warn
  }
}

module.exports = { NATIVE, STOCK, captureWarnings, flag, observe }
