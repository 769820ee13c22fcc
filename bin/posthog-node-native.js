#!/usr/bin/env node
'use strict'

const { main } = require('../lib/cli/main.js')

main(process.argv.slice(2)).then(exit, (error) => {
  console.error(error)
  exit(1)
})

/**
 * Ends the process once what was printed is written: a cache provider may hold a connection that would keep it alive.
 *
 * @param {number} code
 */
function exit(code) {
  process.exitCode = code
  process.stderr.write('', () => process.stdout.write('', () => process.exit()))
}
