// Everything that can be measured, by name, and how it is measured.
import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { cases } from './cases.js'
import { measureInChild } from './runs/children.mjs'
import { measureHashBlock } from './runs/hash-block.mjs'
import { measurePeers } from './peers.mjs'
import { quantile } from '../../cli/bench/rounds.js'

/** @typedef {import('./report/results.mjs').Results} Results */

const PACKAGES = ['posthog-node', 'posthog-node-native']
const SOURCES = ['http', 'text', 'bytes']
const RELOADS = 9
const LARGEST_MB = 20
const RELOADS_FOR_MEMORY = 32
const STARTS = 9
/** How many flags are in the cache that a process starts with. */
const FIRST_FLAGS = [50, 1000]
const SECONDS = 8

/**
 * @typedef {object} Measurement
 * @property {string} name `area/what`
 * @property {string} title
 * @property {(effort: { rounds: number, pinned: boolean }) => Promise<Partial<Results>>} measure
 */

/** @type {Measurement[]} */
export const timedCases = cases.map(({ name, title, apart }) => ({
  name,
  title,
  measure: async ({ rounds, pinned }) => {
    const time = (/** @type {string[]} */ ...alone) => measureInChild('case.js', [name, rounds, ...alone], pinned)
    if (apart === undefined) {
      return { cases: [await time()] }
    }
    const [whole, ...others] = await inTurn(apart, time)
    for (const { agreed, timings } of others) {
      whole.agreed += agreed
      Object.assign(whole.timings, timings)
    }
    return { cases: [whole] }
  },
}))

/** @type {Measurement[]} */
const reloads = [1, 5, LARGEST_MB].map((megabytes) => ({
  name: `reload/${megabytes}`,
  title: `reload of ${megabytes} MB: total time, longest stall of the event loop`,
  measure: async ({ pinned }) => {
    const results = []
    for (const source of SOURCES) {
      for (const contender of PACKAGES) {
        results.push(await measureInChild('reload.js', [contender, source, megabytes, RELOADS], pinned))
      }
    }
    return { reloads: results }
  },
}))

/** @type {Measurement[]} */
const memory = PACKAGES.map((contender) => ({
  name: `memory/${contender}`,
  title: `memory that ${LARGEST_MB} MB of definitions hold, and after ${RELOADS_FOR_MEMORY} reloads`,
  measure: async ({ pinned }) => {
    const args = [contender, LARGEST_MB, RELOADS_FOR_MEMORY]
    return { memory: [await measureInChild('memory.js', args, pinned, ['--expose-gc'])] }
  },
}))

/** @type {Measurement[]} */
const defaultCalls = [30, 100].map((flags) => ({
  name: `default-call/${flags}`,
  title: `what a backend with the default settings pays for a request, ${flags} flags`,
  // Its threads are part of what is measured.
  measure: async () => {
    const results = []
    for (const contender of PACKAGES) {
      results.push(await measureInChild('default-call.js', [contender, flags, SECONDS], false))
    }
    return { defaultCalls: results }
  },
}))

/** @type {Measurement[]} */
const others = [
  {
    name: 'startup',
    title: 'require and import, first client, first evaluation, of 50 and 1,000 flags',
    measure: measureStartup,
  },
  {
    name: 'addon-size',
    title: 'size of the addon, stripped',
    measure: async () => ({ addonBytes: addonBytes() }),
  },
  {
    name: 'hash-block',
    title: 'one SHA-1 block on the best path of this machine (cargo bench --no-default-features --bench hashing)',
    measure: async () => ({ hashBlock: await measureHashBlock() }),
  },
]

/** @type {Measurement[]} */
export const measurements = [...defaultCalls, ...timedCases, ...others, ...reloads, ...memory]

/** The comparison with other products, which is made for the goals and the documents alone. @type {Measurement} */
export const peersMeasurement = {
  name: 'peers',
  title: 'npm run bench:peers',
  measure: async ({ pinned }) => ({ peers: await measurePeers(pinned) }),
}

/**
 * The measurements with these names, or all of the areas with these names.
 *
 * @param {string | undefined} only names, separated by commas; all measurements if undefined
 */
export function choose(only) {
  if (only === undefined) {
    return measurements
  }
  const wanted = only.split(',')
  const matches = (/** @type {string} */ name, /** @type {string} */ want) =>
    name === want || name.startsWith(`${want}/`)
  const unknown = wanted.filter((want) => !measurements.some(({ name }) => matches(name, want)))
  if (unknown.length > 0) {
    throw new RangeError(`expected names or areas that --list shows; received ${unknown.join(', ')}`)
  }
  return measurements.filter(({ name }) => wanted.some((want) => matches(name, want)))
}

/**
 * @template T
 * @param {string[]} contenders
 * @param {(contender: string) => Promise<T>} time
 */
async function inTurn(contenders, time) {
  /** @type {T[]} */
  const timed = []
  for (const contender of contenders) {
    timed.push(await time(contender))
  }
  return timed
}

/** @param {{ pinned: boolean }} effort */
async function measureStartup({ pinned }) {
  /** @type {Record<string, Record<string, number>[]>} */
  const starts = Object.fromEntries(PACKAGES.map((contender) => [contender, []]))
  // The first of each is left out: it finds its files on disk rather than in memory.
  for (let start = 0; start <= STARTS; start++) {
    for (const contender of PACKAGES) {
      const steps = await startOnce(contender, pinned)
      if (start > 0) {
        starts[contender].push(steps)
      }
    }
  }
  const median = (/** @type {Record<string, number>[]} */ steps) =>
    Object.fromEntries(
      Object.keys(steps[0]).map((step) => [
        step,
        quantile(
          steps.map((each) => each[step]),
          0.5
        ),
      ])
    )
  return { startup: PACKAGES.map((contender) => ({ contender, steps: median(starts[contender]) })) }
}

/**
 * The steps of one start, those after the first client by how many flags there are.
 *
 * @param {string} contender
 * @param {boolean} pinned
 * @returns {Promise<Record<string, number>>}
 */
async function startOnce(contender, pinned) {
  /** @type {Record<string, number>} */
  const all = await measureInChild('import.mjs', [contender], pinned)
  for (const flags of FIRST_FLAGS) {
    const { steps } = await measureInChild('startup.js', [contender, flags], pinned)
    const { requireStock, requireBeyond, ...others } = steps
    Object.assign(all, {
      requireStock,
      requireBeyond,
      [`untilFirstFlag/${flags}`]: steps.clientReady + steps.firstFlag,
    })
    for (const [step, ms] of Object.entries(others)) {
      all[`${step}/${flags}`] = ms
    }
  }
  return all
}

function addonBytes() {
  const root = path.join(import.meta.dirname, '..', '..')
  const addon = readdirSync(root).find((name) => /^posthog-node-native\..+\.node$/.test(name))
  if (addon === undefined) {
    throw new Error('expected the built addon in the repository root; build it with npm run build')
  }
  return statSync(path.join(root, addon)).size
}
