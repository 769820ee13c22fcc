'use strict'

// What a web backend pays for flags with the default settings, delivery of the events included, as JSON:
// `node benches/node/runs/default-call.js CONTENDER FLAGS SECONDS`. Each request asks for the flags of a person who was not
// seen before and reads three. The server is a process of its own and does not count, nor does what the same loop costs where
// it asks for no flags: its timers wake an idle processor, which is dear in a virtual machine.
const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')
const { monitorEventLoopDelay } = require('node:perf_hooks')
const { setTimeout: sleep } = require('node:timers/promises')
const { about } = require('../definitions/mixed-definitions.js')

const REQUESTS_PER_SECOND = 400
const TICK_MS = 5

/** Each time what the loop costs and what the requests cost are measured one after the other; the median counts. */
const ROUNDS = 3

/** In this time V8 compiles most of what the requests run, as `node --trace-opt` shows; a backend runs for longer. */
const WARM_UP_SECONDS = 30

/** A rollout, a flag with conditions and payloads, and a multivariate one. */
const READS = ['flag-1', 'flag-7', 'flag-8']

/**
 * Somebody else in each turn.
 *
 * @param {number} turn
 */
function personOf(turn) {
  const { personProperties, groups, groupProperties } = about
  const pick = (/** @type {string[]} */ ...values) => values[turn % values.length]
  return {
    personProperties: {
      ...personProperties,
      plan: pick('pro', 'free', 'enterprise'),
      country: pick('DE', 'US', 'NO', 'FR', 'JP'),
      email: `visitor-${turn}@${pick('hedgehog.example', 'example.com')}`,
      username: `visitor-${turn}`,
      app_version: `2.${turn % 7}.${turn % 11}`,
      seats: turn % 23,
      orders: turn % 101,
      sessions: turn,
      beta: turn % 3 === 0,
    },
    groups,
    groupProperties,
  }
}

/**
 * Makes requests at an even rate.
 *
 * @param {(turn: number) => Promise<void>} request
 * @param {number} from the first turn
 * @param {number} seconds
 */
async function serve(request, from, seconds) {
  const startedAt = performance.now()
  const total = seconds * REQUESTS_PER_SECOND
  const underWay = []
  let made = 0
  while (made < total) {
    const due = Math.min(total, ((performance.now() - startedAt) / 1000) * REQUESTS_PER_SECOND)
    for (; made < due; made++) {
      underWay.push(request(from + made))
    }
    await sleep(TICK_MS)
  }
  await Promise.all(underWay)
  return total
}

/**
 * Of all threads of this process.
 *
 * @param {() => Promise<number>} work resolves with the number of requests
 */
async function processorTime(work) {
  const before = process.cpuUsage()
  const requests = await work()
  const { user, system } = process.cpuUsage(before)
  return { requests, cpuUs: (user + system) / requests }
}

/**
 * @param {string} contender
 * @param {number} flags
 * @param {number} seconds
 */
async function main(contender, flags, seconds) {
  const host = path.join(__dirname, '../definitions/event-host.js')
  const server = spawn(process.execPath, [host, String(flags)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = server.stdout.setEncoding('utf8')
  const [port] = await once(lines, 'data')
  const { PostHog } = require(contender)
  const client = new PostHog('phc_bench', { host: `http://127.0.0.1:${port.trim()}`, secretKey: 'phs_bench' })
  assert.ok(await client.waitForLocalEvaluationReady(10_000), `${contender} did not load ${flags} flags`)

  const request = async (/** @type {number} */ turn) => {
    const { personProperties, groups, groupProperties } = personOf(turn)
    const evaluated = await client.evaluateFlags(`visitor-${turn}`, { personProperties, groups, groupProperties })
    for (const key of READS) {
      assert.notEqual(evaluated.getFlag(key), undefined)
    }
  }
  let made = await serve(request, 0, WARM_UP_SECONDS)

  const rounds = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const loop = await processorTime(() => serve(async (turn) => void personOf(turn), made, seconds / 2))
    const whole = await processorTime(() => serve(request, made, seconds))
    made += whole.requests
    rounds.push({ requests: whole.requests, cpuUs: whole.cpuUs - loop.cpuUs, loopUs: loop.cpuUs })
  }
  const { requests, cpuUs, loopUs } = rounds.sort((one, other) => one.cpuUs - other.cpuUs)[ROUNDS >> 1]

  const delay = monitorEventLoopDelay({ resolution: 2 })
  delay.enable()
  made += await serve(request, made, seconds)
  delay.disable()

  await client.shutdown()
  server.stdin.write('?')
  const [counts] = await once(lines, 'data')
  const { events, evaluations } = JSON.parse(counts)
  assert.equal(evaluations, 0, `${contender} asked the server for flags`)
  server.stdin.end()
  // Where requests come faster than they can be answered, posthog-node's queue is full.
  const delivered = events / (made * READS.length)
  const delayP99Ms = delay.percentile(99) / 1e6
  console.log(JSON.stringify({ contender, flags, requests, cpuUs, loopUs, delayP99Ms, delivered }))
}

const [contender, flags, seconds] = process.argv.slice(2)
void main(contender, Number(flags), Number(seconds))
