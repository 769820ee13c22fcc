// `npm run bench:peers`: prepares the clone, installs the other products in benches/peers/ if they are missing, then compares
// with them. `--pin` runs it on one core; `--json` and `--rounds` are passed on.
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { helpIfAsked } from '../../scripts/help.mjs'
import { prepare } from '../../scripts/prepare.mjs'
import { root, runAttached, runCaptured } from '../../scripts/run.mjs'

helpIfAsked(import.meta.url)

const folder = path.join(root, 'benches', 'peers')
const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    pin: { type: 'boolean', default: false },
    rounds: { type: 'string' },
  },
})

await prepare()
if (await installPeers()) {
  const [command, ...args] = [
    ...(options.pin ? ['taskset', '-c', '0'] : []),
    ...[process.execPath, path.join(folder, 'main.mjs')],
    ...(options.json ? ['--json'] : []),
    ...(options.rounds === undefined ? [] : ['--rounds', options.rounds]),
  ]
  runAttached(command, args)
}

/** @returns {Promise<boolean>} whether they are there */
async function installPeers() {
  const installed = path.join(folder, 'node_modules', '.package-lock.json')
  const { packages: wanted } = JSON.parse(readFileSync(path.join(folder, 'package-lock.json'), 'utf8'))
  const found = existsSync(installed) ? JSON.parse(readFileSync(installed, 'utf8')).packages : {}
  const isThere = (/** @type {string} */ name) =>
    name === '' || wanted[name].optional || found[name]?.version === wanted[name].version
  if (Object.keys(wanted).every(isThere)) {
    return true
  }
  console.error('Installing the products to compare with …')
  // Their install scripts are not needed, so none is run.
  const args = ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', folder]
  const { ok, output } = await runCaptured(process.platform === 'win32' ? 'npm.cmd' : 'npm', args)
  if (!ok) {
    console.error(`npm ci in benches/peers failed:\n${output}`)
    process.exitCode = 1
  }
  return ok
}
