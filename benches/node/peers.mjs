// Runs `npm run bench:peers` for a document. The other products are installed in a folder of their own.
import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'

const root = path.join(import.meta.dirname, '..', '..')

/**
 * @param {import('./children.mjs').Launch} launch
 * @returns {Promise<import('./results.mjs').PeerResult[]>}
 */
export async function measurePeers({ pinned, through = [] }) {
  const args = ['scripts/bench-peers.mjs', '--json', ...(pinned ? ['--pin'] : [])]
  if (through.length > 0) {
    args.push('--through', through.join(' '))
  }
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root })
  return JSON.parse(stdout.slice(stdout.indexOf('{'))).peers
}
