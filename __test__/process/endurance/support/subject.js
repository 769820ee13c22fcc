'use strict'

// The process of an endurance run that is measured. Told by its parent what to do, it does so until it is told to stop,
// and sends samples of what it holds.
const { setTimeout: sleep } = require('node:timers/promises')

const { EMPTY, MOMENTS, runWorker } = require('../../support/moments')
const { createSampler } = require('./sampler')

/**
 * @typedef {object} SubjectSettings
 * @property {string} host
 * @property {string} addon
 * @property {'soak' | 'evaluations' | 'control'} task
 * @property {number} sampleEveryMs
 * @property {number} workerEveryMs how long to wait after each worker thread
 * @property {number} evaluations of flags, how many to make, if that is the task
 * @property {boolean} [plant] leak everything, so that the verdict must see it
 */

/** @type {SubjectSettings} */
const settings = JSON.parse(process.argv[2])
const RELOAD_EVERY_MS = 100
/** Of evaluations, then a pause for everything else: a server is not busy all the time. */
const BURST_ROUNDS = 40
const PAUSE_MS = 10

// What posthog-node says about the example project, four times.
console.warn = () => {}
const sample = createSampler(settings.addon)
const progress = { calls: 0, flags: 0, loads: 0, workers: 0 }
let stopped = false
process.once('message', () => (stopped = true))

/** What is held on to and never let go of, once per sample. @type {Record<string, () => void>} */
const PLANTS = {
  heapUsed: () => void held.push(new Array(20_000).fill(0).map(String)),
  allocated: () => void held.push(new (require('../../../..').LocalEvaluator)(definitions)),
  external: () => void held.push(new ArrayBuffer(2 ** 18)),
  handles: () => void setInterval(() => {}, 2 ** 30),
  fds: () => void require('node:fs').openSync('/dev/null'),
  threads: () => void new (require('node:worker_threads').Worker)('setInterval(() => {}, 2 ** 30)', { eval: true }),
}
/** @type {unknown[]} */
const held = []
let definitions = ''

async function takeSample() {
  if (settings.plant) Object.values(PLANTS).forEach((plant) => plant())
  process.send({ sample: await sample(progress) })
}

/** Clients over each transport and with a cache, which reload all the time. */
async function createClients() {
  const { PostHog } = require('../../../..')
  /** @type {string | undefined} */
  let stored
  const provider = {
    shouldFetchFlagDefinitions: () => true,
    getFlagDefinitions: () => stored,
    onFlagDefinitionsReceived: (/** @type {unknown} */ data) => void (stored = JSON.stringify(data)),
    shutdown: () => undefined,
  }
  /** The same text, or the next: without a lock, so that one process reads what another wrote. */
  const reader = { ...provider, shouldFetchFlagDefinitions: () => false }
  const options = {
    host: settings.host,
    secretKey: 'phs_secret',
    featureFlagsPollingInterval: settings.task === 'soak' ? RELOAD_EVERY_MS : 30_000,
  }
  const clients = [
    new PostHog('phc_project', { ...options, native: { pollingJitter: 0 } }),
    new PostHog('phc_project', { ...options, fetch: (url, options) => fetch(url, options) }),
    new PostHog('phc_project', { ...options, flagDefinitionCacheProvider: provider }),
    new PostHog('phc_project', { ...options, flagDefinitionCacheProvider: reader }),
  ]
  for (const client of clients) {
    client.on('localEvaluationFlagsLoaded', () => (progress.loads += 1))
    client.on('error', (/** @type {Error} */ error) => process.send({ error: String(error) }))
    await client.waitForLocalEvaluationReady()
  }
  return clients
}

async function evaluate(clients) {
  const { Workload } = require('./workload')
  const workloads = clients.map((client) => new Workload(client, definitions))
  const enough = settings.task === 'evaluations' ? settings.evaluations : Infinity
  let sampledAt = -Infinity
  while (!stopped && progress.flags < enough) {
    for (let round = 0; round < BURST_ROUNDS; round += 1) {
      await workloads[round % workloads.length].round()
    }
    progress.calls = workloads.reduce((sum, { calls }) => sum + calls, 0)
    progress.flags = workloads.reduce((sum, { flags }) => sum + flags, 0)
    if (settings.task === 'soak') {
      await sleep(PAUSE_MS)
    } else {
      await new Promise(setImmediate)
      if (performance.now() - sampledAt >= settings.sampleEveryMs) {
        await takeSample()
        sampledAt = performance.now()
      }
    }
  }
}

/** One worker after the other; a sample is taken when none is there. */
async function churn(moments) {
  let sampledAt = -Infinity
  while (!stopped) {
    await runWorker(moments[progress.workers % moments.length], settings)
    progress.workers += 1
    if (performance.now() - sampledAt >= settings.sampleEveryMs) {
      await takeSample()
      sampledAt = performance.now()
    }
    await sleep(settings.workerEveryMs)
  }
}

async function main() {
  definitions = (await import('./definitions.mjs')).definitionsOf(0)
  if (settings.task === 'control') {
    await churn([EMPTY])
  } else {
    const clients = await createClients()
    await Promise.all([evaluate(clients), settings.task === 'soak' ? churn(MOMENTS) : undefined])
    // Of all that was done.
    await takeSample()
    await Promise.all(clients.map((client) => client.shutdown()))
  }
  await new Promise((resolve) => process.send({ done: true }, resolve))
  // What was planted keeps the process alive.
  if (settings.plant) process.exit()
  process.disconnect()
}

process.on('unhandledRejection', (error) => process.send({ complaint: String(error) }))
main()
