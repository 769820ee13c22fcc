'use strict'

const { once } = require('node:events')
const path = require('node:path')
const { Worker } = require('node:worker_threads')

const WORKER = path.join(__dirname, '../../support/worker.js')

/** What workers are in the middle of when they are terminated; the last ends by itself. */
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
 */
async function runWorker(moment, { host, addon }) {
  // posthog-node says each time what cannot be evaluated locally.
  const worker = new Worker(WORKER, { workerData: { moment, host, addon }, stderr: true })
  worker.stderr.resume()
  const ended = once(worker, 'exit')
  if (moment !== 'being done') {
    await once(worker, 'message')
    await worker.terminate()
  }
  await ended
}

module.exports = { EMPTY, MOMENTS, runWorker }
