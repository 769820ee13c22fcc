'use strict'

// A thread with clients that share definitions with all others of the process. It says what they hold, once all are ready and
// whenever it is asked.

const { parentPort, workerData } = require('node:worker_threads')

const { PostHog } = require('../../../../index')

const { host, interval, clients } = workerData
const all = Array.from({ length: clients }, () => {
  const options = { host, secretKey: 'phs_secret', featureFlagsPollingInterval: interval, native: { shared: true } }
  const client = new PostHog('phc_project', options)
  client.on('error', (/** @type {Error} */ error) => console.error(error))
  return /** @type {any} */ (client)
})

const state = () =>
  all.map((client) => ({
    ready: client.isLocalEvaluationReady(),
    role: client.featureFlagsPoller.origin.role,
    flags: Object.keys(client.localEvaluator.getAllFlags('kari')),
  }))

parentPort?.on('message', () => parentPort?.postMessage(state()))
void Promise.all(all.map((client) => client.waitForLocalEvaluationReady())).then(() => parentPort?.postMessage(state()))
