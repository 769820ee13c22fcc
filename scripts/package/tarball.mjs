// Makes a tarball as `npm publish` would, and says what is in it.
import { execFileSync } from 'node:child_process'
import { mkdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { layOutPackage } from './folder.mjs'
import { root } from '../run.mjs'

/** Where tarballs and what they are made of are put. */
export const PACKED_FOLDER = path.join(root, 'target', 'pack')

/**
 * @typedef {object} Packed
 * @property {string} tarball its path
 * @property {number} tarballBytes
 * @property {number} unpackedBytes
 * @property {{ name: string, bytes: number }[]} files by name
 */

/**
 * Packs the package with these addons.
 *
 * @param {string[]} addons their paths
 * @param {string} destination a folder for the tarball and what it is made of
 * @param {{ repository?: string }} [options]
 * @returns {Packed}
 */
export function packWith(addons, destination, options) {
  mkdirSync(destination, { recursive: true })
  const folder = path.join(destination, 'package')
  layOutPackage(folder, addons, options)
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', '..']
  // npm is a script of a shell on Windows, which Node starts only by one.
  const output = execFileSync('npm', args, { cwd: folder, encoding: 'utf8', shell: process.platform === 'win32' })
  // npm 12 answers with an object by name, earlier ones with a list.
  const [packed] = /** @type {any[]} */ (Object.values(JSON.parse(output)))
  const tarball = path.join(destination, packed.filename)
  return {
    tarball,
    tarballBytes: statSync(tarball).size,
    unpackedBytes: packed.unpackedSize,
    files: packed.files
      .map((/** @type {any} */ file) => ({ name: file.path, bytes: file.size }))
      .sort((/** @type {any} */ a, /** @type {any} */ b) => (a.name < b.name ? -1 : 1)),
  }
}
