// Runs `npm run bench:peers` for a document. The other products are installed in a folder of their own.
import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'

const root = path.join(import.meta.dirname, '..', '..')

/**
 * @param {boolean} pinned
 * @returns {Promise<import('./report/results.mjs').PeerResult[]>}
 */
export async function measurePeers(pinned) {
  const args = ['benches/peers/run.mjs', '--json', ...(pinned ? ['--pin'] : [])]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root })
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '').peers
}
