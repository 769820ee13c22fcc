'use strict'

const { realpathSync, statSync } = require('node:fs')
const { createRequire } = require('node:module')
const path = require('node:path')

const { TARGETS, glibcVersion, targetOfThisMachine } = require('../../lib/addon/file.js')
const { loadBinding } = require('../../lib/addon/load-binding.js')
const { nameOfPosthogNode, requirePosthogNode } = require('../../lib/original.js')
const manifest = require('../../package.json')
const { messageOf } = require('../definitions/file.js')
const { checkCanaries } = require('./canaries.js')
const { ok, problem, warning } = require('./check.js')
const { supports } = require('./node-range.js')

/** @typedef {import('./check.js').Check} Check */

const ROOT = path.resolve(__dirname, '..', '..')

/**
 * What is installed here, and who evaluates flags with it.
 *
 * @param {string} cwd the project it is asked for
 * @returns {AsyncGenerator<Check>}
 */
async function* checkInstallation(cwd) {
  yield checkPackage(cwd)
  yield checkNode()
  yield checkPlatform()
  yield checkAddon()
  yield* checkProcessor()
  const stock = checkPosthogNode(cwd)
  yield stock
  if (stock.status !== 'problem') {
    const engine = await checkEngine()
    yield engine
    if (engine.status === 'ok') {
      yield await checkCanaries()
    }
  }
}

/** @param {string} cwd */
function checkPackage(cwd) {
  const { name, version } = manifest
  const data = { version, folder: ROOT }
  const other = folderIn(cwd, `${name}/package.json`)
  if (other !== undefined && other !== realpathSync(ROOT)) {
    return warning(
      'package',
      `${name} ${version} in ${near(ROOT, cwd)}, but the project in ${cwd} uses the one in ${other}`,
      {
        remedy: `run the project's own: npx ${name} doctor, in its folder`,
        data: { ...data, project: other },
      }
    )
  }
  return ok('package', `${name} ${version} in ${near(ROOT, cwd)}`, { data })
}

function checkNode() {
  const { version } = process
  const supported = manifest.engines.node
  const data = { version, supported }
  return supports(supported, version)
    ? ok('node', `Node ${version}`, { data })
    : problem('node', `Node ${version} is not one of ${supported}`, { remedy: 'use a supported version of Node', data })
}

function checkPlatform() {
  const { platform, arch } = process
  const target = targetOfThisMachine()
  const glibc = platform === 'linux' ? glibcVersion() : undefined
  const libc = platform === 'linux' ? (glibc === undefined ? 'musl' : `glibc ${glibc}`) : undefined
  const data = { platform, arch, libc: libc ?? null, target }
  const message = [platform, arch, libc].filter(Boolean).join(' ')
  return TARGETS.includes(target)
    ? ok('platform', message, { data })
    : problem('platform', `${message}: there is no addon for ${target}`, {
        remedy: `posthog-node evaluates flags here, slower; there are addons for ${TARGETS.join(', ')}`,
        data,
      })
}

function checkAddon() {
  const file = path.join(ROOT, `posthog-node-native.${targetOfThisMachine()}.node`)
  try {
    loadBinding()
    const { size } = statSync(file)
    return ok('addon', `${path.basename(file)}, ${(size / 1e6).toFixed(1)} MB, loaded`, { data: { file, bytes: size } })
  } catch (error) {
    return problemOf('addon', error, { file })
  }
}

/** @type {Record<string, string>} */
const BATCH_PATHS = { avx512: 'AVX-512, 16 at a time', avx2: 'AVX2, 8 at a time', single: 'one by one' }

/** @returns {Generator<Check>} */
function* checkProcessor() {
  let paths
  try {
    paths = loadBinding().hashingPaths()
  } catch {
    // The check of the addon has said so already.
    return
  }
  const single = paths.single === 'instructions' ? "the processor's SHA instructions" : 'portable code'
  yield ok('processor', `hashing of many flags: ${BATCH_PATHS[paths.batch]}; of a single flag: ${single}`, {
    data: { ...paths },
  })
}

/** @param {string} cwd */
function checkPosthogNode(cwd) {
  const expected = manifest.peerDependencies['posthog-node']
  const wanted = `posthog-node@${expected}`
  const remedy = `npm install ${/[\s<>|*]/.test(wanted) ? `"${wanted}"` : wanted}`
  let name
  let version
  try {
    version = new (requirePosthogNode().PostHog)('phc_doctor').getLibraryVersion()
    name = nameOfPosthogNode()
  } catch (error) {
    if (codeOf(error) === 'ERR_POSTHOG_NATIVE_ALIAS') {
      return problemOf('posthog-node', error, { expected })
    }
    return problem('posthog-node', `posthog-node cannot be loaded: ${firstLine(error)}`, { remedy, data: { expected } })
  }
  const folder = folderIn(ROOT, name) ?? ''
  const other = folderIn(cwd, name)
  const data = { version, expected, folder }
  if (other !== undefined && other !== folder) {
    return warning(
      'posthog-node',
      `posthog-node ${version}, but the project has another copy, so instanceof fails between the two`,
      {
        remedy: 'keep one copy: npm dedupe, or the same command of your package manager',
        data: { ...data, project: other },
      }
    )
  }
  const alias =
    name === 'posthog-node' ? '' : `, installed as ${name}: the name posthog-node means ${manifest.name} here`
  return ok('posthog-node', `posthog-node ${version}${alias}`, { data })
}

/** Makes a client as a program would, by both module systems: each has its own build of posthog-node. */
async function checkEngine() {
  const systems = {
    require: () => require('../../index.js'),
    import: () => import('../../index.mjs'),
  }
  for (const [system, load] of Object.entries(systems)) {
    try {
      const { PostHog } = await load()
      const client = new PostHog('phc_doctor', {
        featureFlagsPollingInterval: null,
        flagDefinitionCacheProvider: EMPTY_CACHE,
        native: { engine: 'native' },
      })
      const engine = client.localEvaluationEngine
      await client.shutdown()
      if (engine !== 'native') {
        return warning(
          'engine',
          'javascript: posthog-node itself evaluates flags, because POSTHOG_NATIVE_ENGINE says so',
          {
            remedy: 'to evaluate flags in Rust again, unset POSTHOG_NATIVE_ENGINE',
            data: { engine, system },
          }
        )
      }
    } catch (error) {
      return withoutEngine(error, system)
    }
  }
  return ok('engine', 'native: flags are evaluated in Rust, with require and with import', {
    data: { engine: 'native' },
  })
}

const EMPTY_CACHE = {
  shouldFetchFlagDefinitions: () => false,
  getFlagDefinitions: () => undefined,
  onFlagDefinitionsReceived() {},
  shutdown() {},
}

/**
 * The errors of the addon and of the seam say what to do in their last sentence.
 *
 * @param {string} name
 * @param {unknown} error
 * @param {Record<string, unknown>} data
 */
function problemOf(name, error, data) {
  const [message, remedy] = messageOf(error).split('. Remedy: ')
  return problem(name, message, { remedy, data: { ...data, code: codeOf(error) } })
}

/**
 * The check of the engine where posthog-node itself evaluates flags. What is wrong with the addon, its own check has said.
 *
 * @param {unknown} error
 * @param {string} system
 */
function withoutEngine(error, system) {
  const data = { engine: 'javascript', system }
  const who = 'javascript: posthog-node itself evaluates flags, slower'
  if (codeOf(error) === 'ERR_POSTHOG_NATIVE_ADDON') {
    return problem('engine', `${who}, because the addon cannot be used`, { data: { ...data, code: codeOf(error) } })
  }
  const check = problemOf('engine', error, data)
  return { ...check, message: `${who}. ${check.message}` }
}

/** @param {unknown} error */
function codeOf(error) {
  return /** @type {any} */ (error)?.code ?? null
}

/**
 * The folder of a package as a program in `from` would find it.
 *
 * @param {string} from
 * @param {string} request
 */
function folderIn(from, request) {
  try {
    const file = createRequire(path.join(from, 'x.js')).resolve(request)
    const found = /^(.*[\\/]node_modules[\\/](?:posthog-node|posthog-node-original))[\\/]/.exec(file)
    const [, folder] = found ?? [undefined, path.dirname(file)]
    return realpathSync(folder)
  } catch {
    return undefined
  }
}

/**
 * A folder as it is named from another above it.
 *
 * @param {string} folder
 * @param {string} from
 */
function near(folder, from) {
  const relative = path.relative(realpathOr(from), realpathOr(folder))
  return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative) ? relative : folder
}

/** @param {string} folder */
function realpathOr(folder) {
  try {
    return realpathSync(folder)
  } catch {
    return folder
  }
}

/** @param {unknown} error */
function firstLine(error) {
  return messageOf(error).split('\n')[0]
}

module.exports = { checkInstallation }
