'use strict'

const { lstatSync, readdirSync, readlinkSync, statSync } = require('node:fs')
const path = require('node:path')

const { TARGETS, glibcVersion } = require('./file.js')
const { inspect } = require('./elf.js')

const REINSTALL =
  'remove node_modules/posthog-node-native, then install the package again on this machine (npm does not replace existing ' +
  'files)'
const BUILD = 'build it from source with a stable Rust (npm run build)'

const MAY_NOT_READ = 'allow the user that runs Node to read the file and its folders'

/**
 * @typedef {object} Attempt
 * @property {string} target
 * @property {string} file the path of the addon
 * @property {any} error what was thrown
 *
 * @typedef {object} Fault
 * @property {(attempt: Attempt, message: string) => unknown} found whether it is this one; truthy is passed on
 * @property {(attempt: Attempt, found: any) => string} remedy what it means here, and what to do
 */

/** What can be wrong, the sure signs first. @type {Fault[]} */
const FAULTS = [
  {
    found: ({ error }) => error?.code === 'ERR_DLOPEN_DISABLED',
    remedy: () =>
      'Node may not load addons: start it without --no-addons (check NODE_OPTIONS too); with the permission model, start it ' +
      'with --allow-addons',
  },
  {
    found: ({ target }) => !TARGETS.includes(target),
    remedy: ({ target }) => `there is no addon for ${target}; there are addons for ${TARGETS.join(', ')}`,
  },
  {
    found: ({ error }) => error instanceof NoFileError,
    remedy: () => `this must be a file: ${REINSTALL}`,
  },
  {
    found: ({ file, error }) => error?.code === 'MODULE_NOT_FOUND' && isForbidden(file),
    remedy: () => MAY_NOT_READ,
  },
  {
    found: ({ error, file }) => error?.code === 'MODULE_NOT_FOUND' && sizeOf(file) === undefined,
    remedy: ({ target, file }) => {
      const others = targetsBeside(file).filter((other) => other !== target)
      return others.length === 0
        ? `the file is missing: ${REINSTALL}, or ${BUILD}; if you use a bundler, leave ` +
            'posthog-node-native external'
        : `the package has an addon for ${others.join(', ')}, but this machine is ${target}. If node_modules was copied ` +
            `from another system, ${REINSTALL}; otherwise ${BUILD}`
    },
  },
  {
    found: ({ error }) => error instanceof BrokenFileError,
    remedy: () => `the file is not complete: check the space on the disk, and ${REINSTALL}`,
  },
  {
    found: ({ error }) => error instanceof DamagedFileError,
    remedy: () =>
      `the file is not complete, or a tool has changed it, for instance because it read it as text: ${REINSTALL}`,
  },
  {
    found: ({ error }) => error instanceof WrongAddonError,
    remedy: () => `the file belongs to another version of this package: ${REINSTALL}, or ${BUILD}`,
  },
  {
    found: (_, message) => /GLIBC_([\d.]+)'? not found/.exec(message)?.[1],
    remedy: (_, needed) =>
      `the addon needs glibc ${needed}, this system has ${glibcVersion() ?? 'none'}: run on a newer system image, or ${BUILD}`,
  },
  {
    found: (_, message) => /ld-linux-|ld-musl-|libc\.musl-|Error relocating/.test(message),
    remedy: ({ target }) =>
      `the file is for another C library than ${target} (Alpine has musl, most others glibc): ${REINSTALL}`,
  },
  {
    found: ({ file }) => elfOf(file)?.interpreter !== undefined,
    remedy: () => `the file is a program, not an addon: ${REINSTALL}`,
  },
  {
    found: ({ file }) => foreignMachine(file),
    remedy: ({ target }, machine) => `the file is for ${machine}, but this machine is ${target}: ${REINSTALL}`,
  },
  {
    found: ({ file }) => process.platform === 'linux' && isForeignFormat(file),
    remedy: ({ target }) => `the file is not an addon for Linux, but this machine is ${target}: ${REINSTALL}`,
  },
  {
    found: (_, message) => /(lib[^\s:/]+\.so[^\s:]*): cannot open shared object/.exec(message)?.[1],
    remedy: (_, library) => `install the system package that contains ${library}`,
  },
  {
    found: (_, message) => /Permission denied|EACCES/.test(message),
    remedy: () => MAY_NOT_READ,
  },
  {
    found: (_, message) => /failed to map segment|Operation not permitted/.test(message),
    remedy: () =>
      'the file system may be mounted with noexec: mount it without noexec, or install the package on another one',
  },
]

/** There is something there that is not a file. */
class NoFileError extends Error {}

/** The file ends before its contents do. */
class BrokenFileError extends Error {}

/** The file is as long as it should be, and holds something else in places. */
class DamagedFileError extends Error {}

/** The file can be loaded and is something else. */
class WrongAddonError extends Error {}

/**
 * Refuses a file that is not whole. If it were loaded, the system would end the process as soon as it touched a missing part.
 *
 * @param {string} file
 * @throws {NoFileError | BrokenFileError | DamagedFileError}
 */
function refuseBrokenFile(file) {
  const other = otherThanFile(file)
  if (other !== undefined) {
    throw new NoFileError(`it is ${other}`)
  }
  const size = sizeOf(file)
  if (size === 0) {
    throw new BrokenFileError('the file is empty')
  }
  const { extent = 0, isDamaged = false } = elfOf(file) ?? {}
  if (size !== undefined && size < extent && Number.isSafeInteger(extent)) {
    throw new BrokenFileError(`the file is truncated: it has ${size} of at least ${extent} bytes`)
  }
  if (isDamaged) {
    throw new DamagedFileError('the file is damaged: its sections are not at the places that its header names')
  }
}

/**
 * Describes what is there instead of a file; `undefined` if it is a file, or if there is nothing.
 *
 * @param {string} file
 * @returns {string | undefined}
 */
function otherThanFile(file) {
  try {
    const stats = statSync(file)
    return stats.isFile() ? undefined : kindOf(stats)
  } catch (error) {
    return brokenLink(file, /** @type {any} */ (error)?.code)
  }
}

/** @param {import('node:fs').Stats} stats */
function kindOf(stats) {
  if (stats.isDirectory()) {
    return 'a folder'
  }
  if (stats.isFIFO()) {
    return 'a pipe'
  }
  return stats.isSocket() ? 'a socket' : 'a device'
}

/**
 * @param {string} file
 * @param {string | undefined} code why it cannot be followed
 */
function brokenLink(file, code) {
  try {
    if (!lstatSync(file).isSymbolicLink()) {
      return undefined
    }
    const link = `a link to ${readlinkSync(file)}`
    return code === 'ELOOP'
      ? `${link}, which leads back to it`
      : code === 'ENOENT'
        ? `${link}, which does not exist`
        : undefined
  } catch {
    return undefined
  }
}

/**
 * Whether Node may not look at what is there.
 *
 * @param {string} file
 */
function isForbidden(file) {
  try {
    statSync(file)
    return false
  } catch (error) {
    return ['EACCES', 'EPERM', 'ERR_ACCESS_DENIED'].includes(/** @type {any} */ (error)?.code)
  }
}

/**
 * @param {any} addon what was loaded
 * @param {readonly string[]} members the classes it must have
 * @throws {WrongAddonError}
 */
function refuseWrongAddon(addon, members) {
  const missing = members.filter((name) => typeof addon?.[name] !== 'function')
  if (missing.length > 0) {
    throw new WrongAddonError(`the addon has no ${missing.join(' and no ')}`)
  }
}

/**
 * Says what to do about a fault on this machine.
 *
 * @param {Attempt} attempt
 * @returns {string}
 */
function remedyOf(attempt) {
  const message = String(attempt.error?.message ?? attempt.error)
  for (const { found, remedy } of FAULTS) {
    const sign = found(attempt, message)
    if (sign) {
      return remedy(attempt, sign)
    }
  }
  return `${REINSTALL}, or ${BUILD}`
}

/**
 * The targets of the addons in the folder of this one.
 *
 * @param {string} file
 * @returns {string[]}
 */
function targetsBeside(file) {
  try {
    const names = readdirSync(path.dirname(file))
    return names.map((name) => /^posthog-node-native\.(.+)\.node$/.exec(name)?.[1] ?? '').filter(Boolean)
  } catch {
    return []
  }
}

/** @param {string} file */
function foreignMachine(file) {
  const machine = elfOf(file)?.machine
  return machine === process.arch ? undefined : machine
}

/** @param {string} file */
function isForeignFormat(file) {
  return sizeOf(file) !== undefined && elfOf(file) === undefined
}

/** @param {string} file */
function elfOf(file) {
  return tryToInspect(file)?.elf
}

/** @param {string} file */
function sizeOf(file) {
  return tryToInspect(file)?.size
}

/** @param {string} file */
function tryToInspect(file) {
  try {
    return inspect(file)
  } catch {
    // The file is missing, moved by a bundler, or not readable. Loading it tells which.
    return undefined
  }
}

module.exports = { refuseBrokenFile, refuseWrongAddon, remedyOf }
