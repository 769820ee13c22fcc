// Asks readelf which versions of glibc's symbols an addon needs: the system's loader refuses it where one of them is missing.
import { spawnSync } from 'node:child_process'

const { compare } = new Intl.Collator('en', { numeric: true })

/**
 * Throws unless a glibc of that version has all symbols that the addon needs.
 *
 * @param {string} file
 * @param {string} floor as in '2.17'
 * @returns {string} the newest version needed
 */
export function requireGlibcFloor(file, floor) {
  const { status, stdout, stderr, error } = spawnSync('readelf', ['--version-info', '--wide', file], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  })
  if (error) {
    throw new Error(`expected readelf, of the package binutils; received ${error.message}`)
  }
  const needed = Array.from(stdout.matchAll(/\bName: GLIBC_([\d.]+)/g), ([, version]) => version)
  const newest = needed.sort(compare).at(-1)
  if (status !== 0 || newest === undefined) {
    throw new Error(`expected a library that is linked to glibc in ${file}; it needs no symbol of it\n${stderr}`)
  }
  const newer = new Set(needed.filter((version) => compare(version, floor) > 0))
  if (newer.size > 0) {
    throw new Error(
      `expected ${file} to need no glibc newer than ${floor}; it needs symbols of ${[...newer].join(', ')}`
    )
  }
  return newest
}
