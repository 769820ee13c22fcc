// `npm run test:pack`: packs, installs the tarball with each package manager into empty projects, and runs, bundles and tests
// programs there. Prints a table, and the output of what failed.
//   --release          packs the addon as it is published; by default it is that of `npm run build`
//   --tarball FILE     takes this one
//   --managers npm,…   some of the package managers
//   --rows node,…      some of the rows: those whose names begin so
//   --keep             leaves the projects and what was downloaded where they are, and says where
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { installTools, MANAGERS } from './managers.mjs'
import { ROWS } from './rows.mjs'
import { formatTable } from './table.mjs'
import { testManager } from './test-manager.mjs'
import { helpIfAsked } from '../../../scripts/help.mjs'
import { packWith, PACKED_FOLDER } from '../../../scripts/package/tarball.mjs'
import { prepare } from '../../../scripts/prepare.mjs'
import { root, runAttached } from '../../../scripts/run.mjs'

helpIfAsked(import.meta.url)

const require = createRequire(import.meta.url)
const { targetOfThisMachine } = require('../../../lib/addon/file.js')
const { version } = require('../../../package.json')

const FOLDER = path.join(root, 'target', 'test-pack')
/** How many package managers are tried at once. */
const AT_ONCE = Math.min(2, os.availableParallelism())

const { values: options } = parseArgs({
  options: {
    release: { type: 'boolean', default: false },
    tarball: { type: 'string' },
    managers: { type: 'string' },
    rows: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
})

await main()

async function main() {
  const managers = choose(MANAGERS, ({ name }) => name, options.managers)
  const rows = choose(ROWS, ({ what }) => what, options.rows)
  const tarball = await findTarball()
  if (tarball === undefined) {
    return
  }
  const folders = { cache: path.join(FOLDER, 'cache'), tools: path.join(FOLDER, 'tools') }
  Object.values(folders).forEach((folder) => mkdirSync(folder, { recursive: true }))
  installTools(folders)

  // Far from the node_modules of this clone, and with all that a path may have in it.
  const parent = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'posthog-node-native päckage tést ☃ ')))
  // It needs posthog-node, which a fresh clone has not had before.
  const { startStandIn } = await import('./stand-in.mjs')
  const standIn = await startStandIn()
  const startedAt = performance.now()
  try {
    const waiting = [...managers]
    /** @type {import('./test-manager.mjs').Column[]} */
    const columns = []
    const work = async () => {
      for (let manager = waiting.shift(); manager !== undefined; manager = waiting.shift()) {
        columns.push(await testManager({ manager, rows, tarball, folders, parent, standIn, isKept: options.keep }))
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    columns.sort((a, b) => managers.indexOf(a.manager) - managers.indexOf(b.manager))
    const { text, failures } = formatTable(rows, columns)
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)
    console.log(
      `\n${path.basename(tarball)}, ${targetOfThisMachine()}, Node ${process.version}, in ${seconds} s:\n\n${text}`
    )
    process.exitCode = failures === 0 ? 0 : 1
  } finally {
    await standIn.close()
    if (options.keep) {
      console.log(`The projects are in ${parent}`)
    } else {
      rmSync(parent, { recursive: true, force: true })
    }
  }
}

/**
 * @template T
 * @param {T[]} all
 * @param {(one: T) => string} nameOf
 * @param {string | undefined} beginnings
 */
function choose(all, nameOf, beginnings) {
  const wanted = beginnings?.split(',')
  const chosen = wanted === undefined ? all : all.filter((one) => wanted.some((text) => nameOf(one).startsWith(text)))
  const idle = wanted?.filter((text) => !all.some((one) => nameOf(one).startsWith(text))) ?? []
  if (idle.length > 0) {
    throw new Error(`expected beginnings of: ${[...new Set(all.map(nameOf))].join('; ')}. Received: ${idle.join(', ')}`)
  }
  return chosen
}

/** @returns {Promise<string | undefined>} nothing if it could not be made */
async function findTarball() {
  if (options.tarball !== undefined) {
    return path.resolve(options.tarball)
  }
  await prepare()
  if (!options.release) {
    const addons = readdirSync(root).filter((name) => /^posthog-node-native\..+\.node$/.test(name))
    return packWith(
      addons.map((name) => path.join(root, name)),
      path.join(FOLDER, 'packed')
    ).tarball
  }
  const script = path.join(root, 'scripts', 'package', 'pack.mjs')
  const isPacked = await runAttached(process.execPath, [script, '--targets', targetOfThisMachine()])
  return isPacked ? path.join(PACKED_FOLDER, `posthog-node-native-${version}.tgz`) : undefined
}
