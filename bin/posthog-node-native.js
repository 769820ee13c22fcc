#!/usr/bin/env node
'use strict'

const { main } = require('../cli/main.js')
const { printLine } = require('../cli/printable.js')

// A command may keep standard output for itself.
const writeOut = process.stdout.write.bind(process.stdout)

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', endIfNobodyReads)
}

main(process.argv.slice(2)).then(exit, (error) => {
  String(error?.stack ?? error)
    .split('\n')
    .forEach((line) => printLine(process.stderr, line))
  exit(1)
})

/**
 * Whoever reads what is printed may stop early, as `| head -1` does. That is no fault, and what is left need not be done.
 *
 * @param {NodeJS.ErrnoException} error
 */
function endIfNobodyReads(error) {
  if (error.code !== 'EPIPE') {
    throw error
  }
  process.exit()
}

/**
 * Ends the process once what was printed is written: a cache provider may hold a connection that would keep it alive.
 *
 * @param {number} code
 */
function exit(code) {
  process.exitCode = code
  process.stderr.write('', () => writeOut('', () => process.exit()))
}
