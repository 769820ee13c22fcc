// What one SHA-1 block costs on this machine's best path, taken from
// `cargo bench --no-default-features --bench hashing`.
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'

const root = path.join(import.meta.dirname, '../../..')
const reports = path.join(root, 'target', 'criterion', 'hashing')

/**
 * @returns {Promise<{ ns: number, benchmark: string }>} the least time per hash among the benchmarks of one-block messages
 */
export async function measureHashBlock() {
  const cargo = ['cargo', 'bench', '--no-default-features', '--bench', 'hashing']
  const startedAt = Date.now()
  await runInRoot(cargo)
  const perHash = readdirSync(reports, { recursive: true, encoding: 'utf8' })
    .filter((file) => path.basename(file) === 'benchmark.json' && path.basename(path.dirname(file)) === 'new')
    .filter((file) => statSync(path.join(reports, file)).mtimeMs >= startedAt)
    .map((file) => readEstimate(path.dirname(path.join(reports, file))))
  if (perHash.length === 0) {
    throw new Error(`expected cargo bench --bench hashing to leave reports in ${reports}; found none of this run`)
  }
  return perHash.reduce((best, each) => (each.ns < best.ns ? each : best))
}

/** @param {string[]} command */
async function runInRoot([file, ...args]) {
  await promisify(execFile)(file, args, { cwd: root }).catch((error) => {
    throw new Error(`${args.join(' ')} failed: ${error.stderr || error.message}`)
  })
}

/** @param {string} folder */
function readEstimate(folder) {
  const { full_id, throughput } = JSON.parse(readFileSync(path.join(folder, 'benchmark.json'), 'utf8'))
  const { median } = JSON.parse(readFileSync(path.join(folder, 'estimates.json'), 'utf8'))
  return { ns: median.point_estimate / (throughput?.Elements ?? 1), benchmark: full_id }
}
