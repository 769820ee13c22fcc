'use strict'

const { inspect } = require('./elf.js')

/**
 * The addon for a target, by a literal path, so that bundlers and file tracers see each. All within the one `try`: then
 * bundlers accept that some are missing.
 *
 * @param {string} target
 * @returns {{ addon: any } | { error: any }}
 */
function requireAddon(target) {
  try {
    switch (target) {
      case 'linux-x64-gnu':
        // @ts-ignore It is there only once it is built; so is each of those below.
        return { addon: require('../../posthog-node-native.linux-x64-gnu.node') }
      case 'linux-x64-musl':
        // @ts-ignore
        return { addon: require('../../posthog-node-native.linux-x64-musl.node') }
      case 'linux-arm64-gnu':
        // @ts-ignore
        return { addon: require('../../posthog-node-native.linux-arm64-gnu.node') }
      case 'linux-arm64-musl':
        // @ts-ignore
        return { addon: require('../../posthog-node-native.linux-arm64-musl.node') }
      case 'darwin-x64':
        // @ts-ignore
        return { addon: require('../../posthog-node-native.darwin-x64.node') }
      case 'darwin-arm64':
        // @ts-ignore
        return { addon: require('../../posthog-node-native.darwin-arm64.node') }
      case 'win32-x64-msvc':
        // @ts-ignore
        return { addon: require('../../posthog-node-native.win32-x64-msvc.node') }
      case 'win32-arm64-msvc':
        // @ts-ignore
        return { addon: require('../../posthog-node-native.win32-arm64-msvc.node') }
      default:
        return { error: new Error(`there is no addon for ${target}`) }
    }
  } catch (error) {
    return { error }
  }
}

/** The targets that {@link requireAddon} knows. */
const TARGETS = [
  'linux-x64-gnu',
  'linux-x64-musl',
  'linux-arm64-gnu',
  'linux-arm64-musl',
  'darwin-x64',
  'darwin-arm64',
  'win32-x64-msvc',
  'win32-arm64-msvc',
]

/**
 * What this machine needs an addon for: platform, processor and, where there are several, C library.
 *
 * @returns {string}
 */
function targetOfThisMachine() {
  const { platform, arch } = process
  switch (platform) {
    case 'linux':
      return `linux-${arch}-${usesMusl() ? 'musl' : 'gnu'}`
    case 'win32':
      return `win32-${arch}-msvc`
    default:
      return `${platform}-${arch}`
  }
}

/** Whether Node was linked to musl. An addon is loaded into Node, so it needs the same C library. */
function usesMusl() {
  try {
    const { interpreter } = inspect(process.execPath).elf ?? {}
    if (interpreter !== undefined) {
      return interpreter.includes('ld-musl-')
    }
  } catch {
    // Node may not read its own file, as under its permission model.
  }
  return glibcVersion() === undefined
}

/**
 * The version of glibc that the process runs with; `undefined` under another C library. Does not throw.
 *
 * @returns {string | undefined}
 */
function glibcVersion() {
  /** @type {any} */
  const report = process.report
  if (report === undefined) {
    return undefined
  }
  // A report on the network would look up the names of all addresses that the process is connected to.
  const { excludeNetwork } = report
  report.excludeNetwork = true
  try {
    return report.getReport().header.glibcVersionRuntime
  } catch {
    return 'an unknown version'
  } finally {
    report.excludeNetwork = excludeNetwork
  }
}

module.exports = { TARGETS, glibcVersion, requireAddon, targetOfThisMachine }
