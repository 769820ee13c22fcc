// Starts the process of a world.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const PROCESS = fileURLToPath(new URL('world-process.mjs', import.meta.url))
/** The cache in the world of the file is written in TypeScript, which takes a process as long as all else to load. */
const TSX = ['--import', import.meta.resolve('tsx')]
const DISK_KIB = 2048

/** Mounts a small disk that only the process after it sees. */
const WITH_DISK = `mount -t tmpfs -o size=${DISK_KIB}k faults "$1" && shift && exec "$@"`
/** Needs root, or the right to be it in a namespace of one's own. */
const UNSHARES = [
  ['unshare', '--mount'],
  ['unshare', '--user', '--map-root-user', '--mount'],
]

/**
 * @typedef {object} WorldResult
 * @property {number} steps
 * @property {number} evaluations of flags, each checked
 * @property {number} loads
 * @property {number} healed how often all clients had new definitions after all faults were over
 * @property {Record<string, number>} counts of faults, by kind
 * @property {{ step: number, problem: string, events: string[] }[]} violations
 */

/** How to get a disk that can be filled; nothing where this machine does not let us mount one. @param {string} at */
export function diskCommand(at) {
  return UNSHARES.map((unshare) => [...unshare, 'sh', '-c', WITH_DISK, 'sh', at]).find(
    ([command, ...args]) => spawnSync(command, [...args, 'true']).status === 0
  )
}

/**
 * @param {import('./world.mjs').WorldSettings} settings
 * @param {string[]} [wrapper] a command that runs what comes after it
 * @returns {Promise<WorldResult>}
 */
export async function runWorld(settings, wrapper = []) {
  const flags = settings.world === 'file' ? TSX : []
  const [command, ...args] = [...wrapper, process.execPath, ...flags, PROCESS, JSON.stringify(settings)]
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk))
  /** @type {WorldResult | undefined} */
  let result
  child.on('message', (message) => (result = message.result))
  const [code, signal] = await once(child, 'close')
  if (code !== 0 || result === undefined) {
    const ended = `the process ended with ${code ?? signal}:\n${output.slice(-4000)}`
    result ??= { steps: 0, evaluations: 0, loads: 0, healed: 0, counts: {}, violations: [] }
    result.violations.push({ step: result.steps, problem: ended, events: [] })
  }
  return result
}
