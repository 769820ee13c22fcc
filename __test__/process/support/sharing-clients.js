'use strict'

// Measures what clients take, in this thread and in workers, that all hold the same definitions. Prints it as JSON.
// Arguments: the host, how many workers, how many clients in each, and the options of each client beside as JSON.

const { once } = require('node:events')
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads')

const { PostHog } = require('../../../index')

/** @param {any} data */
async function openClients({ host, clients, options }) {
  const made = Array.from({ length: clients }, () => {
    const client = new PostHog('phc_project', { host, secretKey: 'phs_secret', ...options })
    client.on('error', (/** @type {any} */ error) => console.error(error.message))
    return client
  })
  const ready = await Promise.all(made.map((client) => client.waitForLocalEvaluationReady(120_000)))
  const answers = made.map((client) => client.localEvaluator?.getFeatureFlag('flag-7', 'kari'))
  return { made, ready, answers }
}

async function main() {
  const [host, workers, clients, options] = process.argv.slice(2)
  const data = { host, clients: Number(clients), options: JSON.parse(options ?? '{}') }
  const started = Array.from({ length: Number(workers) }, () => new Worker(__filename, { workerData: undefined }))
  await Promise.all(started.map((worker) => once(worker, 'message')))
  globalThis.gc?.()
  const before = process.memoryUsage.rss()
  started.forEach((worker) => worker.postMessage(data))
  const answers =
    started.length === 0
      ? [await openClients(data)]
      : await Promise.all(started.map(async (worker) => (await once(worker, 'message'))[0]))
  // What was freed is given back in the background.
  await new Promise((resolve) => setTimeout(resolve, 3000))
  globalThis.gc?.()
  const bytes = process.memoryUsage.rss() - before
  const ready = answers.flatMap(({ ready }) => ready).filter(Boolean).length
  const values = [...new Set(answers.flatMap(({ answers }) => answers).map(String))]
  process.stdout.write(JSON.stringify({ bytes, ready, values }), () => process.exit())
}

if (isMainThread) {
  void main()
} else {
  parentPort?.once('message', async (data) => {
    const { ready, answers } = await openClients(data)
    parentPort?.postMessage({ ready, answers })
    // Stays, with its clients.
    setInterval(() => {}, 10_000)
  })
  parentPort?.postMessage('started')
  void workerData
}
