'use strict'

const { once } = require('node:events')

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
 * Starts a process that loads definitions whenever it is asked to, each time with a new client.
 *
 * @param {object} options
 * @param {Record<string, string>} [options.env]
 * @param {import('../../../..').NativeOptions} [options.native]
 * @param {boolean} [options.stock] with posthog-node's own client
 */
function startLoading({ env, native, stock }) {
  const script = `
    process.on('message', async (host) => {
      if (host === null) return process.disconnect()
      const client = new PostHog('phc_project', {
        ...OPTIONS, host, featureFlagsPollingInterval: null, requestTimeout: 5000, native: ${JSON.stringify(native)}
      })
      const errors = []
      client.on('error', ({ message }) => errors.push(message))
      await client.reloadFeatureFlags()
      const ready = client.isLocalEvaluationReady()
      await client.shutdown()
      process.send({ ready, errors })
    })`
  const started = startChild(script, { host: '', env, stock, talks: true })
  const end = once(started.child, 'exit').then(() => [{ ready: false, errors: ['the process ended too early'] }])
  return {
    /**
     * @param {string} host
     * @returns {Promise<{ ready: boolean, errors: string[] }>}
     */
    async load(host) {
      started.child.send(host)
      const [seen] = await Promise.race([once(started.child, 'message'), end])
      return seen
    },

    /** Lets the process end by itself. */
    async end() {
      started.child.send(null)
      const { code, output } = await started.ended()
      if (code !== 0) {
        throw new Error(`expected a process that ends; it ended with ${code}:\n${output}`)
      }
    },
  }
}

/**
 * Whether Node's `fetch` made a request: it names its mode, which gives it away.
 *
 * @param {Pick<import('../../../support/definitions-server').RecordedRequest, 'headers'>} request
 */
const isNodeFetch = ({ headers }) => 'sec-fetch-mode' in headers

module.exports = { isNodeFetch, loadOnce, startLoading }
