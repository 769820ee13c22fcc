'use strict'

// Starts worker threads and terminates each at a moment of its own, while a client of this thread goes on. Then does so for
// a number of rounds, and prints what each left behind in memory, and beside it what as many workers without a client do.
const { readdirSync } = require('node:fs')

const { PostHog } = require('../../..')
const { EMPTY, MOMENTS, runWorker } = require('./moments')
const { settled } = require('./settled')

const AT_A_TIME = 2
const [host, rounds, addon] = [process.argv[2], Number(process.argv[3]), process.argv[4]]
/** @type {() => number} */
const allocated = require(addon)

/** @type {Record<string, number[]>} the exit codes seen after each moment */
const codes = {}

/**
 * @param {string} moment
 * @param {number} number of the round
 */
async function round(moment, number) {
  // At another point of what it does each time.
  const code = await runWorker(moment, { host, addon }, number % 7)
  codes[moment] = [...new Set([...(codes[moment] ?? []), code])]
}

/**
 * @param {string[]} moments
 * @param {number} count
 */
async function run(moments, count) {
  for (let number = 0; number < count; number += AT_A_TIME) {
    const numbers = Array.from({ length: AT_A_TIME }, (_, index) => number + index)
    await Promise.all(numbers.map((number) => round(moments[number % moments.length], number)))
  }
}

/**
 * The bytes that each of many rounds leaves behind.
 *
 * @param {string[]} moments
 */
async function measure(moments) {
  if (rounds === 0) return undefined
  const before = await settled(allocated, 20)
  await run(moments, rounds)
  return Math.round(((await settled(allocated, 20)) - before) / rounds)
}

async function main() {
  const client = new PostHog('phc_project', { host, secretKey: 'phs_secret', featureFlagsPollingInterval: 100 })
  await client.waitForLocalEvaluationReady()
  await run([EMPTY, ...MOMENTS], 2 * (MOMENTS.length + 1))
  const withoutClient = await measure([EMPTY])
  const withClients = await measure(MOMENTS)
  const threads = readdirSync('/proc/self/task').length
  await client.reloadFeatureFlags()
  const answer = await client.getFeatureFlag('on', 'somebody', { onlyEvaluateLocally: true })
  await client.shutdown()
  console.log(JSON.stringify({ answer, codes, threads, withoutClient, withClients, rss: process.memoryUsage.rss() }))
}

main()
