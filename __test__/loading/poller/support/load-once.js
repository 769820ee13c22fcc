'use strict'

const { startChild } = require('../../../support/child')

/**
 * Runs a process that loads definitions and ends.
 *
 * @param {{ url: string }} server
 * @param {object} [options]
 * @param {Record<string, string>} [options.env]
 * @param {string[]} [options.flags] of Node
 * @param {import('../../../..').NativeOptions} [options.native]
 * @param {boolean} [options.stock] with posthog-node's own client
 * @param {number} [options.loads] how many times
 * @returns {Promise<{ ready: boolean, errors: string[], output: string }>} `ready` if flags were loaded
 */
async function loadOnce(server, { env, flags, native, stock, loads = 1 } = {}) {
  const script = `
    const client = new PostHog('phc_project', {
      ...OPTIONS, featureFlagsPollingInterval: null, requestTimeout: 5000, native: ${JSON.stringify(native)}
    })
    const errors = []
    client.on('error', ({ message }) => errors.push(message))
    void (async () => {
      for (let load = 0; load < ${loads}; load += 1) await client.reloadFeatureFlags()
      console.log('seen: ' + JSON.stringify({ ready: client.isLocalEvaluationReady(), errors }))
      await client.shutdown()
    })()`
  const { code, output } = await startChild(script, { host: server.url, env, flags, stock }).ended()
  const seen = /^seen: (.*)$/m.exec(output)?.[1]
  if (code !== 0 || seen === undefined) {
    throw new Error(`expected a process that loads and ends; it ended with ${code}:\n${output}`)
  }
  return { ...JSON.parse(seen), output }
}

/**
 * Whether Node's `fetch` made a request: it names its mode, which gives it away.
 *
 * @param {Pick<import('../../../support/definitions-server').RecordedRequest, 'headers'>} request
 */
const isNodeFetch = ({ headers }) => 'sec-fetch-mode' in headers

module.exports = { isNodeFetch, loadOnce }
