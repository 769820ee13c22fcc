'use strict'

/**
 * @typedef {object} Segment
 * @property {number} type
 * @property {string} [contents] put behind all tables
 * @property {number} [at] otherwise: where it says that it is
 * @property {number} [length] and how long
 */

/**
 * A file in the format of Linux's programs and libraries, as far as its headers.
 *
 * @param {object} layout
 * @param {number} [layout.machine]
 * @param {number} [layout.bits] 1 for 32, 2 for 64
 * @param {number} [layout.order] of bytes: 1 for the lowest first, 2 for the highest
 * @param {Segment[]} [layout.segments]
 * @param {number} [layout.sectionsAt]
 * @param {number} [layout.sectionCount] as the header says
 * @param {number} [layout.sectionSize]
 * @param {number} [layout.namesIndex] of the section that holds the names of all
 * @param {number[]} [layout.sections] the type of each that is there
 */
function elf({
  machine = 62,
  bits = 2,
  order = 1,
  segments = [],
  sectionsAt = 0,
  sectionCount = 0,
  sectionSize = 0,
  namesIndex = 0,
  sections = [],
}) {
  const header = Buffer.alloc(64)
  header.write('\x7fELF', 'latin1')
  header[4] = bits
  header[5] = order
  if (order === 1) {
    header.writeUInt16LE(machine, 18)
  } else {
    header.writeUInt16BE(machine, 18)
  }
  header.writeBigUInt64LE(64n, 32)
  header.writeBigUInt64LE(BigInt(sectionsAt), 40)
  header.writeUInt16LE(segments.length, 56)
  header.writeUInt16LE(sectionSize, 58)
  header.writeUInt16LE(sectionCount, 60)
  header.writeUInt16LE(namesIndex, 62)

  const tables = Buffer.alloc(segments.length * 56)
  const contents = Buffer.from(segments.map(({ contents = '' }) => contents).join(''), 'latin1')
  let next = 64 + tables.length
  segments.forEach(({ type, contents, at = 0, length = 0 }, place) => {
    tables.writeUInt32LE(type, place * 56)
    tables.writeBigUInt64LE(BigInt(contents === undefined ? at : next), place * 56 + 8)
    tables.writeBigUInt64LE(BigInt(contents === undefined ? length : contents.length), place * 56 + 32)
    next += contents?.length ?? 0
  })
  const before = Buffer.concat([header, tables, contents])
  if (sections.length === 0) {
    return before
  }
  const table = Buffer.alloc(sections.length * sectionSize + 8)
  sections.forEach((type, place) => table.writeUInt32LE(type, place * sectionSize + 4))
  return Buffer.concat([before, Buffer.alloc(Math.max(sectionsAt - before.length, 0)), table])
}

module.exports = { elf }
