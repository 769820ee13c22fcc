'use strict'

const { spawn } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')

/** The modules a child script may `require` a client from. */
const PACKAGES = { native: path.join(__dirname, '..', '..', 'index.js'), stock: require.resolve('posthog-node') }

/**
 * Starts a Node process that runs `script` as CommonJS, with `PostHog` and `HOST` in scope.
 *
 * @param {string} script
 * @param {{ host: string, stock?: boolean, flags?: string[], env?: Record<string, string> }} options `stock` for
 *   posthog-node's own client
 */
function startChild(script, { host, stock = false, flags = [], env = {} }) {
  const prelude = `
    const { PostHog } = require(${JSON.stringify(stock ? PACKAGES.stock : PACKAGES.native)})
    const PACKAGE = ${JSON.stringify(PACKAGES.native)}
    const HOST = ${JSON.stringify(host)}
    const OPTIONS = { host: HOST, secretKey: 'phs_secret' }
  `
  const child = spawn(process.execPath, [...flags, '-e', prelude + script], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  const closed = once(child, 'close')
  return {
    child,
    /** Waits for the end of the process. */
    async ended() {
      const [code, signal] = await closed
      return { code, signal, output }
    },
    isRunning: () => child.exitCode === null && child.signalCode === null,
  }
}

module.exports = { startChild }
