'use strict'

// Starts worker threads and terminates each at a moment of its own, for a number of rounds, while a client of this
// thread goes on. Prints how the memory of the process developed.
const { once } = require('node:events')
const path = require('node:path')
const { Worker } = require('node:worker_threads')

const { PostHog } = require('../../..')

const MOMENTS = [
  'loading',
  'loading through a fetch',
  'asking the provider',
  'reading from the provider',
  'storing with the provider',
  'evaluating',
  'shutting down',
  'being done',
  'anything',
]
const AT_A_TIME = 2
const [host, rounds] = [process.argv[2], Number(process.argv[3])]

/** @param {number} number */
async function round(number) {
  const moment = MOMENTS[number % MOMENTS.length]
  const worker = new Worker(path.join(__dirname, 'worker.js'), { workerData: { moment, host } })
  const ended = once(worker, 'exit')
  if (moment !== 'being done') {
    await once(worker, 'message')
    // At another point of what it does each time.
    for (let turn = 0; turn < number % 7; turn += 1) await new Promise(setImmediate)
    await worker.terminate()
  }
  const [code] = await ended
  return { moment, code }
}

async function main() {
  const client = new PostHog('phc_project', { host, secretKey: 'phs_secret', featureFlagsPollingInterval: 100 })
  await client.waitForLocalEvaluationReady()
  const samples = []
  const codes = {}
  for (let number = 0; number < rounds; number += AT_A_TIME) {
    const numbers = Array.from({ length: AT_A_TIME }, (_, index) => number + index)
    for (const { moment, code } of await Promise.all(numbers.map(round))) {
      codes[moment] = [...new Set([...(codes[moment] ?? []), code])]
    }
    globalThis.gc()
    samples.push({ round: number, rss: process.memoryUsage.rss() })
  }
  const threads = require('node:fs').readdirSync('/proc/self/task').length
  await client.reloadFeatureFlags()
  const answer = await client.getFeatureFlag('on', 'somebody', { onlyEvaluateLocally: true })
  await client.shutdown()
  const settled = samples.slice(Math.floor(samples.length / 3))
  console.log(JSON.stringify({ answer, codes, threads, bytesPerRound: slope(settled), rss: settled.at(-1).rss }))
}

/**
 * Bytes per round, by least squares.
 *
 * @param {{ round: number, rss: number }[]} samples
 */
function slope(samples) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length
  const x = mean(samples.map(({ round }) => round))
  const y = mean(samples.map(({ rss }) => rss))
  const covariance = mean(samples.map(({ round, rss }) => (round - x) * (rss - y)))
  return Math.round(covariance / mean(samples.map(({ round }) => (round - x) ** 2)))
}

main()
