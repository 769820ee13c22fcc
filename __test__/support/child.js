'use strict'

const { spawn } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')
const { after } = require('node:test')

/** The modules a child script may `require` a client from. */
const PACKAGES = { native: path.join(__dirname, '../../index.js'), stock: require.resolve('posthog-node') }

/** A process that lives longer than this hangs; whoever waits for its end is told so by the signal that ended it. */
const LIMIT_MS = 60_000

/** @type {import('node:child_process').ChildProcess[]} */
const started = []
// What a failed test of this file has left running.
after(() => started.forEach((child) => child.kill('SIGKILL')))

/**
 * Starts a Node process that runs `script` as CommonJS, with `PostHog` and `HOST` in scope.
 *
 * @param {string} script
 * @param {{ host: string, stock?: boolean, flags?: string[], env?: Record<string, string>, talks?: boolean }} options `stock`
 *   for posthog-node's own client, `talks` for a process that is sent messages
 */
function startChild(script, { host, stock = false, flags = [], env = {}, talks = false }) {
  const prelude = `
    const { PostHog } = require(${JSON.stringify(stock ? PACKAGES.stock : PACKAGES.native)})
    const PACKAGE = ${JSON.stringify(PACKAGES.native)}
    const HOST = ${JSON.stringify(host)}
    const OPTIONS = { host: HOST, secretKey: 'phs_secret' }
  `
  const child = spawn(process.execPath, [...flags, '-e', prelude + script], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', ...(talks ? [/** @type {const} */ ('ipc')] : [])],
  })
  started.push(child)
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  const closed = once(child, 'close')
  return {
    child,
    /** Waits for the end of the process, and kills it if it hangs. */
    async ended() {
      const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS)
      const [code, signal] = await closed
      clearTimeout(limit)
      return { code, signal, output }
    },
    isRunning: () => child.exitCode === null && child.signalCode === null,
  }
}

module.exports = { startChild }
