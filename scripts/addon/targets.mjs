// The systems that a release has an addon for, and how each addon is built.
import { createRequire } from 'node:module'

const { TARGETS } = createRequire(import.meta.url)('../../lib/addon/file.js')

/**
 * @typedef {object} ReleaseTarget
 * @property {string} name as in the file's name
 * @property {string} triple as Rust names it
 * @property {'napi-cross' | 'zig' | 'host'} toolchain `napi-cross`: GCC with the headers and libraries of glibc 2.17;
 *   `zig`: the C compiler and musl of Zig; `host`: that of the system itself
 */

/** The oldest glibc on which an addon must load: that of CentOS 7, older than that of any Node which posthog-node supports. */
export const GLIBC_FLOOR = '2.17'

/** @type {Record<string, Omit<ReleaseTarget, 'name'>>} */
const BUILDS = {
  'linux-x64-gnu': { triple: 'x86_64-unknown-linux-gnu', toolchain: 'napi-cross' },
  'linux-arm64-gnu': { triple: 'aarch64-unknown-linux-gnu', toolchain: 'napi-cross' },
  'linux-x64-musl': { triple: 'x86_64-unknown-linux-musl', toolchain: 'zig' },
  'linux-arm64-musl': { triple: 'aarch64-unknown-linux-musl', toolchain: 'zig' },
  'darwin-x64': { triple: 'x86_64-apple-darwin', toolchain: 'host' },
  'darwin-arm64': { triple: 'aarch64-apple-darwin', toolchain: 'host' },
  'win32-x64-msvc': { triple: 'x86_64-pc-windows-msvc', toolchain: 'host' },
  'win32-arm64-msvc': { triple: 'aarch64-pc-windows-msvc', toolchain: 'host' },
}

/** @type {ReleaseTarget[]} */
export const RELEASE_TARGETS = TARGETS.map((/** @type {string} */ name) => ({ name, ...BUILDS[name] }))

/** @param {string} target */
export const addonName = (target) => `posthog-node-native.${target}.node`

/**
 * @param {string} name
 * @returns {ReleaseTarget}
 * @throws {Error} if there is none of that name
 */
export function releaseTarget(name) {
  const target = RELEASE_TARGETS.find((other) => other.name === name)
  if (target === undefined) {
    throw new Error(`expected a target of ${TARGETS.join(', ')}; received ${name}`)
  }
  return target
}
