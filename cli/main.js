'use strict'

const { printLine } = require('./printable.js')
const { UsageError, misused } = require('./usage.js')
const { name, version } = require('../package.json')

const HELP = `Usage: ${name} <command> [options]

Commands:
  doctor              check the installation, the server, a cache provider and the definitions
  bench [file]        compare answers and speed with posthog-node, with your definitions or generated ones
  explain <flag>      show the value of a flag for a person, and why
  fetch               write the definitions of a project to a file, for native.bootstrap

Options:
  --help              print this, or help for a command: ${name} doctor --help
  --version           print the version

Exit codes: 0 no problem, 1 a problem was found, 2 the command was used wrongly.
`

/** @typedef {import('./terminal.js').Io} Io */

/** @type {Record<string, () => (argv: string[], io: Io) => Promise<number>>} each loaded when it is run */
const COMMANDS = {
  doctor: () => require('./doctor/command.js').doctor,
  bench: () => require('./bench/command.js').bench,
  explain: () => require('./explain/command.js').explain,
  fetch: () => require('./fetch/command.js').fetchDefinitions,
}

/**
 * @param {string[]} argv
 * @param {Io} [io]
 * @returns {Promise<number>} the exit code
 */
async function main(
  argv,
  io = { stdout: process.stdout, stderr: process.stderr, env: process.env, cwd: process.cwd() }
) {
  const [command, ...rest] = argv
  try {
    if (command === '--version' || command === '-v') {
      io.stdout.write(`${version}\n`)
      return 0
    }
    if (command === '--help' || command === '-h' || command === 'help') {
      io.stdout.write(HELP)
      return 0
    }
    if (command === undefined || !Object.hasOwn(COMMANDS, command)) {
      throw misused(`a command of ${Object.keys(COMMANDS).join(', ')}`, command === undefined ? 'none' : `'${command}'`)
    }
    return await COMMANDS[command]()(rest, io)
  } catch (error) {
    if (!(error instanceof UsageError)) {
      throw error
    }
    const known = command !== undefined && Object.hasOwn(COMMANDS, command)
    printLine(io.stderr, `${name}: ${error.message}`)
    printLine(io.stderr, `See ${name} ${known ? `${command} ` : ''}--help`)
    return 2
  }
}

module.exports = { main }
