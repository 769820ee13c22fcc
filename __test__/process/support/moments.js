'use strict'

const { once } = require('node:events')
const path = require('node:path')
const { Worker } = require('node:worker_threads')

/** What workers are in the middle of when they are terminated, as `worker.js` knows them; the last ends by itself. */
const MOMENTS = [
  'loading',
  'loading through a fetch',
  'asking the provider',
  'reading from the provider',
  'storing with the provider',
  'evaluating',
  'shutting down',
  'anything',
  'being done',
]

/** A worker without a client, which other workers are compared with. */
const EMPTY = 'having no client'

/**
 * Starts a worker thread, and terminates it at a moment of its own.
 *
 * @param {string} moment
 * @param {{ host: string, addon: string }} settings the server, and the addon that a worker without a client loads
 * @param {number} [turns] of the event loop to wait after the moment has come
 * @returns {Promise<number>} the exit code
 */
async function runWorker(moment, { host, addon }, turns = 0) {
  // posthog-node says each time what cannot be evaluated locally.
  const worker = new Worker(path.join(__dirname, 'worker.js'), { workerData: { moment, host, addon }, stderr: true })
  worker.stderr.resume()
  const ended = once(worker, 'exit')
  if (moment !== 'being done') {
    await once(worker, 'message')
    for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate)
    await worker.terminate()
  }
  const [code] = await ended
  return code
}

module.exports = { EMPTY, MOMENTS, runWorker }
