// Reads which versions of glibc's symbols an addon needs: the system's loader refuses it where one of them is missing.
import { readFileSync } from 'node:fs'

const LOADED_SEGMENT = 1
const DYNAMIC_SEGMENT = 2
const STRING_TABLE = 5n
const VERSIONS_NEEDED = 0x6ffffffen
const VERSIONS_NEEDED_COUNT = 0x6fffffffn

/**
 * Throws unless a glibc of that version has all symbols that the addon needs.
 *
 * @param {string} file
 * @param {string} floor as in '2.17'
 * @returns {string} the newest version needed
 */
export function requireGlibcFloor(file, floor) {
  const needed = neededGlibcVersions(readFileSync(file))
  const newest = needed.reduce((a, b) => (isNewer(a, b) ? a : b))
  if (isNewer(newest, floor)) {
    const newer = needed.filter((version) => isNewer(version, floor))
    throw new Error(`expected ${file} to need no glibc newer than ${floor}; it needs symbols of ${newer.join(', ')}`)
  }
  return newest
}

/**
 * @param {Buffer} elf a library for 64-bit Linux
 * @returns {string[]} without repetition
 * @throws {Error} if it needs none: then it is no library for glibc
 */
export function neededGlibcVersions(elf) {
  const versions = new Set(neededVersions(elf).flatMap((name) => /^GLIBC_([\d.]+)$/.exec(name)?.[1] ?? []))
  if (versions.size === 0) {
    throw new Error('expected a library that is linked to glibc; it needs no symbol of it')
  }
  return [...versions]
}

/**
 * The names of the symbol versions in the section `.gnu.version_r`, found through the segments as the loader does.
 *
 * @param {Buffer} elf
 */
function neededVersions(elf) {
  if (elf.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') {
    throw new Error('expected a library for 64-bit little-endian Linux')
  }
  const segments = Array.from({ length: elf.readUInt16LE(56) }, (_, index) => {
    const at = Number(elf.readBigUInt64LE(32)) + index * elf.readUInt16LE(54)
    const [start, address, , length] = [8, 16, 24, 32].map((field) => Number(elf.readBigUInt64LE(at + field)))
    return { type: elf.readUInt32LE(at), start, address, length }
  })
  const dynamic = segments.find(({ type }) => type === DYNAMIC_SEGMENT)
  if (dynamic === undefined) {
    return []
  }
  /** @type {Map<bigint, number>} */
  const entries = new Map()
  for (let at = dynamic.start; at < dynamic.start + dynamic.length; at += 16) {
    entries.set(elf.readBigUInt64LE(at), Number(elf.readBigUInt64LE(at + 8)))
  }
  /** @param {bigint} tag */
  const positionOf = (tag) => {
    const address = entries.get(tag) ?? 0
    const segment = segments.find(
      (other) => other.type === LOADED_SEGMENT && address >= other.address && address < other.address + other.length
    )
    return segment === undefined ? 0 : address - segment.address + segment.start
  }
  const strings = positionOf(STRING_TABLE)
  const names = []
  let library = positionOf(VERSIONS_NEEDED)
  for (let count = entries.get(VERSIONS_NEEDED_COUNT) ?? 0; count > 0; count--) {
    let version = library + elf.readUInt32LE(library + 8)
    for (let rest = elf.readUInt16LE(library + 2); rest > 0; rest--) {
      const start = strings + elf.readUInt32LE(version + 8)
      names.push(elf.toString('latin1', start, elf.indexOf(0, start)))
      version += elf.readUInt32LE(version + 12)
    }
    library += elf.readUInt32LE(library + 12)
  }
  return names
}

/**
 * @param {string} version
 * @param {string} other
 */
function isNewer(version, other) {
  const [parts, others] = [version, other].map((text) => text.split('..').map(Number))
  const index = parts.findIndex((part, at) => part !== (others[at] ?? 0))
  return index !== -1 && parts[index] > (others[index] ?? 0)
}
