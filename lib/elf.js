'use strict'

const { closeSync, fstatSync, openSync, readSync } = require('node:fs')

/**
 * @typedef {object} Elf what is known of a file in the format of Linux's programs and libraries
 * @property {string} machine as `process.arch` names it, or the number the file gives
 * @property {number} extent how many bytes the file must have for all that its headers refer to
 * @property {string} [interpreter] the loader that a program asks for
 */

/** Their numbers in the header, of those that Node runs on. @type {Record<number, string>} */
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

/**
 * Reads the headers of a file, without loading it.
 *
 * @param {string} path
 * @returns {{ size: number, elf: Elf | undefined }} without `elf` if it is in another format, or too short for headers
 * @throws {Error} if the file cannot be read
 */
function inspect(path) {
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
    // No addon of ours is; the machine is enough to say so.
    return { machine, extent: 0 }
  }
  const sections = Number(header.readBigUInt64LE(40)) + header.readUInt16LE(58) * header.readUInt16LE(60)
  const segmentsAt = Number(header.readBigUInt64LE(32))
  /** @type {Elf} */
  const elf = { machine, extent: sections }
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
 * @param {number} file
 * @param {number} position
 * @param {number} length
 * @returns {Buffer | undefined} nothing if the file ends before
 */
function readAt(file, position, length) {
  const bytes = Buffer.alloc(length)
  return Number.isSafeInteger(position) && readSync(file, bytes, 0, length, position) === length ? bytes : undefined
}

module.exports = { inspect }
