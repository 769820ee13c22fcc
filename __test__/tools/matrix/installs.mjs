// Installs what a cell of the matrix needs into a folder of its own; the checkout stays as it is.
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, runCaptured } from '../../../scripts/run.mjs'

/** Where npm has the binary of a runtime, without the install script that its main package needs to find it. */
const RUNTIMES = {
  node: {
    package: `node-${platform('win')}-${process.arch}`,
    binary: `bin/node${process.platform === 'win32' ? '.exe' : ''}`,
  },
  bun: {
    package: `@oven/bun-${platform('windows')}-${process.arch === 'arm64' ? 'aarch64' : process.arch}`,
    binary: 'bin/bun',
  },
  deno: {
    package: `@deno/${platform('win32')}-${process.arch}${process.platform === 'linux' ? '-glibc' : ''}`,
    binary: 'deno',
  },
}

/** @param {string} windows what a package calls Windows */
function platform(windows) {
  return process.platform === 'win32' ? windows : process.platform
}

/**
 * Installs a runtime from npm.
 *
 * @param {'node' | 'bun' | 'deno'} name
 * @param {string} version as npm takes it: `22`, `1.4.5`, `latest`
 * @param {string} folder
 * @returns {Promise<string>} the path of its binary
 */
export async function installRuntime(name, version, folder) {
  const { package: packageName, binary } = RUNTIMES[name]
  await npmInstall(folder, [`${packageName}@${version}`])
  const file = path.join(folder, 'node_modules', packageName, binary)
  chmodSync(file, 0o755)
  return file
}

/** The module of posthog-node that loads definitions and evaluates flags. Its client takes nothing else from its folder. */
const EVALUATOR = 'posthog-node/dist/extensions/feature-flags/feature-flags'

/**
 * Makes a copy of the checkout, as it is and with the addon that was built, that has another posthog-node.
 *
 * That posthog-node evaluates flags with the evaluator of the checkout's own: the answers of this package are those of one
 * version, whatever client it joins, and that is what the tests hold it to.
 *
 * @param {string} folder
 * @param {Record<string, string>} dependencies what differs from the checkout's node_modules, by name
 */
export async function copyCheckout(folder, dependencies) {
  mkdirSync(folder, { recursive: true })
  const { output } = await runCaptured('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'])
  const addons = readdirSync(root).filter((name) => name.endsWith('.node'))
  for (const name of [...output.split('\0').filter(Boolean), ...addons]) {
    if (existsSync(path.join(root, name))) {
      cpSync(path.join(root, name), path.join(folder, name))
    }
  }
  const other = path.join(folder, 'other')
  await npmInstall(
    other,
    Object.entries(dependencies).map(([name, version]) => `${name}@${version}`)
  )
  const evaluator = path.join(root, 'node_modules', EVALUATOR)
  const target = path.join(other, 'node_modules', EVALUATOR)
  if (readFileSync(`${target}.js`, 'utf8') !== readFileSync(`${evaluator}.js`, 'utf8')) {
    writeFileSync(`${target}.js`, `module.exports = require(${JSON.stringify(`${evaluator}.js`)})\n`)
    writeFileSync(`${target}.mjs`, `export * from ${JSON.stringify(pathToFileURL(`${evaluator}.mjs`).href)}\n`)
  }
  linkModules(path.join(folder, 'node_modules'), [path.join(other, 'node_modules'), path.join(root, 'node_modules')])
}

/**
 * Makes a node_modules of links, where the first folder that has a package wins.
 *
 * @param {string} target
 * @param {string[]} folders
 */
function linkModules(target, folders) {
  mkdirSync(target, { recursive: true })
  for (const folder of folders) {
    for (const name of readdirSync(folder)) {
      if (name.startsWith('@')) {
        linkModules(path.join(target, name), [path.join(folder, name)])
      } else if (!existsSync(path.join(target, name))) {
        symlinkSync(path.join(folder, name), path.join(target, name))
      }
    }
  }
}

/**
 * @param {string} folder
 * @param {string[]} specs
 */
async function npmInstall(folder, specs) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n')
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--save-exact', '--loglevel=error']
  const { ok, output } = await runCaptured('npm', ['install', '--prefix', folder, ...flags, ...specs])
  if (!ok) {
    throw new Error(`npm could not install ${specs.join(' and ')}:\n${output}`)
  }
}
