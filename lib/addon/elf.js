'use strict'

const { closeSync, fstatSync, openSync, readSync, statSync } = require('node:fs')

const { mismatch } = require('../errors/mismatch.js')

/**
 * @typedef {object} Elf what is known of a file in the format of Linux's programs and libraries
 * @property {string} machine as `process.arch` names it, or the number the file gives
 * @property {number} extent how many bytes the file must have for all that its headers refer to
 * @property {boolean} isDamaged whether there is something else where the table of sections is to be
 * @property {string} [interpreter] the loader that a program asks for
 */

/** The processors that Node runs on, by their numbers in the header. @type {Record<number, string>} */
const MACHINES = {
  3: 'ia32',
  8: 'mips',
  20: 'ppc',
  21: 'ppc64',
  22: 's390x',
  40: 'arm',
  62: 'x64',
  183: 'arm64',
  243: 'riscv64',
  258: 'loong64',
}

const HEADER_BYTES = 64
const SEGMENT_BYTES = 56
const INTERPRETER_SEGMENT = 3
const NAMES_SECTION = 3

/**
 * Reads the headers of a file, without loading it.
 *
 * @param {string} path
 * @returns {{ size: number, elf: Elf | undefined }} without `elf` if it is in another format, or too short for headers
 * @throws {Error} if the file cannot be read, or is no ordinary one: to open a pipe would be to wait for its other end
 */
function inspect(path) {
  if (!statSync(path).isFile()) {
    throw new TypeError(mismatch('a file', path))
  }
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    return { size, elf: readElf((position, length) => readAt(file, position, length)) }
  } finally {
    closeSync(file)
  }
}

/**
 * @param {(position: number, length: number) => Buffer | undefined} read
 * @returns {Elf | undefined}
 */
function readElf(read) {
  const header = read(0, HEADER_BYTES)
  if (header === undefined || header.toString('latin1', 0, 4) !== '\x7fELF') {
    return undefined
  }
  const is64Bit = header[4] === 2
  const isLittleEndian = header[5] === 1
  const number = isLittleEndian ? header.readUInt16LE(18) : header.readUInt16BE(18)
  const machine = MACHINES[number] ?? `machine ${number}`
  if (!is64Bit || !isLittleEndian) {
    // No addon of this package is of this kind, so that more than the machine need not be known.
    const variant = `${is64Bit ? 64 : 32} bits, ${isLittleEndian ? 'little' : 'big'}-endian`
    return { machine: `${machine} (${variant})`, extent: 0, isDamaged: false }
  }
  const sections = Number(header.readBigUInt64LE(40)) + header.readUInt16LE(58) * header.readUInt16LE(60)
  const segmentsAt = Number(header.readBigUInt64LE(32))
  /** @type {Elf} */
  const elf = { machine, extent: sections, isDamaged: isDamaged(header, read) }
  for (let index = 0; index < header.readUInt16LE(56); index++) {
    const position = segmentsAt + index * SEGMENT_BYTES
    elf.extent = Math.max(elf.extent, position + SEGMENT_BYTES)
    const segment = read(position, SEGMENT_BYTES)
    if (segment === undefined) {
      return elf
    }
    const start = Number(segment.readBigUInt64LE(8))
    const length = Number(segment.readBigUInt64LE(32))
    elf.extent = Math.max(elf.extent, start + length)
    if (segment.readUInt32LE(0) === INTERPRETER_SEGMENT && length < 4096) {
      elf.interpreter = read(start, length)?.toString('latin1').replace(/\0.*$/s, '')
    }
  }
  return elf
}

/**
 * The table of sections stands at the end: it is missing where less was written than was to be, and elsewhere where something
 * was put in before it, as by a tool that takes the file for a text. Its first entry is empty, and one holds the names of all.
 *
 * @param {Buffer} header
 * @param {(position: number, length: number) => Buffer | undefined} read
 */
function isDamaged(header, read) {
  const sectionsAt = Number(header.readBigUInt64LE(40))
  const size = header.readUInt16LE(58)
  const names = header.readUInt16LE(62)
  if (sectionsAt === 0 || names === 0 || size < 8) {
    return false
  }
  const first = read(sectionsAt, size)
  const ofNames = read(sectionsAt + names * size, size)
  return first?.every((byte) => byte === 0) !== true || ofNames?.readUInt32LE(4) !== NAMES_SECTION
}

/**
 * @param {number} file
 * @param {number} position
 * @param {number} length
 * @returns {Buffer | undefined} `undefined` if the file ends before
 */
function readAt(file, position, length) {
  const bytes = Buffer.alloc(length)
  return Number.isSafeInteger(position) && readSync(file, bytes, 0, length, position) === length ? bytes : undefined
}

module.exports = { inspect }
