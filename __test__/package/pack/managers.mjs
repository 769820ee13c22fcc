// The package managers that install the tarball: what each is called with, and how it runs a project's programs.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

const { TARGETS, targetOfThisMachine } = createRequire(import.meta.url)('../../../lib/addon/file.js')

/**
 * @typedef {object} Folders
 * @property {string} cache what is downloaded, by manager
 * @property {string} tools where pnpm and yarn are installed
 *
 * @typedef {[string, string[]]} Command
 *
 * @typedef {object} Manager
 * @property {string} name
 * @property {boolean} hasNodeModules
 * @property {string} cache its folder in the cache
 * @property {(folder: string, manifest: any) => void} [prepare] a project, before it installs
 * @property {(folder: string, manifest: any) => void} giveName has `posthog-node` mean what the project itself means by it, for
 *   all that it installs
 * @property {(folders: Folders) => Command} install
 * @property {Record<string, string>} [env] for everything that is run in the project
 * @property {(folders: Folders, args: string[]) => Command} node runs Node in the project
 * @property {(folders: Folders, name: string, args: string[]) => Command} bin runs the command of a dependency
 */

const windows = process.platform === 'win32'

/** npm itself is no tool to be installed, so its command is that of the machine. */
const npm = windows ? 'npm.cmd' : 'npm'

/** @type {Manager['node']} */
const plainNode = (_, args) => [process.execPath, args]
/** @type {Manager['bin']} */
const linkedBin = (_, name, args) => [path.join('node_modules', '.bin', windows ? `${name}.cmd` : name), args]

/** @param {Folders} folders */
const pnpm = ({ tools }) => path.join(tools, 'node_modules', '.bin', windows ? 'pnpm.cmd' : 'pnpm')
/** @param {Folders} folders */
const yarnClassic = ({ tools }) => path.join(tools, 'node_modules', 'yarn', 'bin', 'yarn.js')
/** @param {Folders} folders */
const yarnBerry = ({ tools }) => path.join(tools, 'node_modules', '@yarnpkg', 'cli-dist', 'bin', 'yarn.js')

/** @type {Manager['giveName']} */
const resolveTo = (_, manifest) => {
  manifest.resolutions = { ...manifest.resolutions, 'posthog-node': manifest.dependencies['posthog-node'] }
}

/**
 * Of packages that are there for each platform, yarn 1 downloads all. Those of Next.js alone are a gigabyte.
 *
 * @type {NonNullable<Manager['prepare']>}
 */
const leaveOutOtherPlatforms = (folder, manifest) => {
  if (manifest.dependencies.next === undefined) {
    return
  }
  const others = TARGETS.filter((/** @type {string} */ target) => target !== targetOfThisMachine())
  const names = ['sharp', ...others.map((/** @type {string} */ target) => `@next/swc-${target}`)]
  mkdirSync(path.join(folder, 'nothing'))
  writeFileSync(path.join(folder, 'nothing', 'package.json'), '{ "name": "nothing", "version": "1.0.0" }')
  manifest.resolutions = Object.fromEntries(names.map((name) => [name, 'file:./nothing']))
}

/** None may run a script: the package needs none, and the bundlers' are not needed here. @type {Manager[]} */
export const MANAGERS = [
  {
    name: 'npm',
    hasNodeModules: true,
    cache: 'npm',
    giveName: (_, manifest) => {
      manifest.overrides = { 'posthog-node': '$posthog-node' }
    },
    install: ({ cache }) => [
      npm,
      [
        'install',
        '--ignore-scripts',
        '--no-audit',
        '--no-fund',
        '--prefer-offline',
        '--cache',
        path.join(cache, 'npm'),
      ],
    ],
    node: plainNode,
    bin: linkedBin,
  },
  {
    name: 'pnpm',
    hasNodeModules: true,
    cache: 'pnpm',
    giveName: (folder, { dependencies }) => {
      const lines = ['overrides:', `  posthog-node: ${dependencies['posthog-node']}`, '']
      writeFileSync(path.join(folder, 'pnpm-workspace.yaml'), lines.join('\n'))
    },
    install: (folders) => [
      pnpm(folders),
      [
        ...['install', '--ignore-scripts', '--prefer-offline', '--no-frozen-lockfile'],
        ...['--store-dir', path.join(folders.cache, 'pnpm')],
      ],
    ],
    node: plainNode,
    bin: linkedBin,
  },
  {
    name: 'yarn 1',
    hasNodeModules: true,
    cache: 'yarn-1',
    giveName: resolveTo,
    prepare: leaveOutOtherPlatforms,
    install: (folders) => [
      process.execPath,
      [
        ...[yarnClassic(folders), 'install', '--ignore-scripts', '--prefer-offline'],
        ...['--non-interactive', '--no-progress', '--cache-folder', path.join(folders.cache, 'yarn-1')],
      ],
    ],
    node: plainNode,
    bin: linkedBin,
  },
  {
    name: 'yarn 4, PnP',
    hasNodeModules: false,
    cache: 'yarn-4',
    giveName: resolveTo,
    prepare: (folder) => {
      // By this it knows that the project is not part of another.
      writeFileSync(path.join(folder, 'yarn.lock'), '')
    },
    install: (folders) => [process.execPath, [yarnBerry(folders), 'install']],
    env: {
      YARN_NODE_LINKER: 'pnp',
      // What a project sets that uses import, unless its package.json says "type": "module".
      YARN_PNP_ENABLE_ESM_LOADER: 'true',
      YARN_ENABLE_SCRIPTS: 'false',
      // Its programs read packages from where they were downloaded to, so that is a part of the project.
      YARN_ENABLE_GLOBAL_CACHE: 'false',
      YARN_ENABLE_TELEMETRY: 'false',
      YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
      YARN_ENABLE_PROGRESS_BARS: 'false',
    },
    node: (folders, args) => [process.execPath, [yarnBerry(folders), 'node', ...args]],
    bin: (folders, name, args) => [process.execPath, [yarnBerry(folders), 'run', name, ...args]],
  },
]

/**
 * Installs pnpm and yarn.
 *
 * @param {Folders} folders
 */
export function installTools({ cache, tools }) {
  copyFileSync(new URL('tools.json', import.meta.url), path.join(tools, 'package.json'))
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline']
  const { status, stdout, stderr } = spawnSync(npm, [...args, '--cache', path.join(cache, 'npm')], {
    cwd: tools,
    encoding: 'utf8',
    shell: windows,
  })
  if (status !== 0) {
    throw new Error(`npm could not install pnpm and yarn:\n${stdout}${stderr}`)
  }
}
