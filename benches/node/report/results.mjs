// What a run of measurements comes to, and where and on what it was made.
import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import path from 'node:path'
import report from './report.js'

const require = createRequire(import.meta.url)

/**
 * @typedef {Omit<import('../../../cli/bench/rounds.js').Timing, 'perRound'>} Timing
 *
 * @typedef {object} CaseResult
 * @property {string} name
 * @property {string} title
 * @property {number} [size] flags that one call evaluates
 * @property {number} agreed flag values that were compared with posthog-node's before timing
 * @property {Partial<Record<keyof import('../contenders.js').Contenders, Timing>>} timings
 *
 * @typedef {object} ReloadResult
 * @property {string} contender
 * @property {string} source
 * @property {number} megabytes
 * @property {number} flags
 * @property {number} reloads
 * @property {number} totalMs
 * @property {number} stallMs
 * @property {number} maxStallMs
 * @property {number} firstAllMs the first `getAllFlagsAndPayloads` after a reload
 *
 * @typedef {{ rss: number, heapUsed: number, external: number, arrayBuffers: number }} Memory in bytes
 *
 * @typedef {object} MemoryResult
 * @property {string} contender
 * @property {number} megabytes
 * @property {number} flags
 * @property {Memory} before
 * @property {(Memory & { loads: number })[]} after
 *
 * @typedef {object} PeerResult
 * @property {string} name
 * @property {string} version
 * @property {string} how
 * @property {number} share
 * @property {Timing} one
 * @property {Timing} all
 * @property {boolean} [isOwn]
 *
 * @typedef {object} DefaultCallResult
 * @property {string} contender
 * @property {number} flags
 * @property {number} requests
 * @property {number} cpuUs processor time of a request, without that of the loop
 * @property {number} loopUs what the loop takes of it where it asks for no flags
 * @property {number} delayP99Ms delay of the event loop
 * @property {number} delivered the share of the events that arrived
 *
 * @typedef {object} Results
 * @property {DefaultCallResult[]} defaultCalls
 * @property {CaseResult[]} cases
 * @property {ReloadResult[]} reloads
 * @property {MemoryResult[]} memory
 * @property {PeerResult[]} peers
 * @property {{ contender: string, steps: Record<string, number> }[]} startup in milliseconds
 * @property {number} [addonBytes]
 * @property {{ ns: number, benchmark: string }} [hashBlock]
 *
 * @typedef {object} Circumstances
 * @property {string} date
 * @property {string} commit
 * @property {string} machine
 * @property {Record<string, string>} versions
 */

/** @returns {Results} */
export function noResults() {
  return { defaultCalls: [], cases: [], reloads: [], memory: [], startup: [], peers: [] }
}

/**
 * @param {Results} results
 * @param {Partial<Results>} more
 */
export function addResults(results, more) {
  const { defaultCalls = [], cases = [], reloads = [], memory = [], startup = [], peers = [], ...scalars } = more
  results.defaultCalls.push(...defaultCalls)
  results.cases.push(...cases)
  results.reloads.push(...reloads)
  results.memory.push(...memory)
  results.startup.push(...startup)
  results.peers.push(...peers)
  Object.assign(results, scalars)
}

/** @returns {Circumstances} */
export function circumstances() {
  const versionOf = (/** @type {string} */ name) => require(`${name}/package.json`).version
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: commit(),
    machine: report.machine(),
    versions: {
      'posthog-node-native': versionOf('posthog-node-native'),
      'posthog-node': require('posthog-node').PostHog.prototype.getLibraryVersion(),
    },
  }
}

/** The commit that is measured, marked if the working copy differs from it in what is measured. */
function commit() {
  try {
    const git = (/** @type {string[]} */ ...args) =>
      execFileSync('git', args, { cwd: path.join(import.meta.dirname, '../../..'), encoding: 'utf8' }).trim()
    const changed = git(
      'status',
      '--porcelain',
      '--',
      'src',
      'lib',
      'cli',
      'index.js',
      'Cargo.toml',
      'Cargo.lock',
      'benches'
    )
    return git('rev-parse', '--short=10', 'HEAD') + (changed === '' ? '' : ', with changes')
  } catch {
    return 'unknown (no git here)'
  }
}
