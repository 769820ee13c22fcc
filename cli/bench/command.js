'use strict'

const { loadBinding } = require('../../lib/addon/load-binding.js')
const { requirePosthogNode } = require('../../lib/original.js')
const { name, version } = require('../../package.json')
const { messageOf, readDefinitions } = require('../definitions/file.js')
const { machine } = require('../measures.js')
const { printLine, printableJson } = require('../printable.js')
const { Progress } = require('../progress.js')
const { Terminal } = require('../terminal.js')
const { UsageError, misused, parse, refuseMore, wholeNumber } = require('../usage.js')
const { generateProject } = require('./generated-project.js')
const { measure } = require('./measure.js')
const { printResult } = require('./print.js')
const { quietly } = require('../quiet.js')

const HELP = `Usage: ${name} bench [definitions.json] [options]

Compares this package with posthog-node, in one process. First it compares the answers for generated people, whose
properties are those that the definitions use. Then it measures the time of calls, in alternating rounds. The file has
the answer of PostHog's /flags/definitions, or what a cache provider stores. Without a file, definitions are generated.
The command does not use the network.

Options:
  --flags N      how many flags to generate (100)
  --people N     how many people to evaluate them for (200)
  --seed N       the same seed gives the same definitions and people (1)
  --rounds N     rounds for each package; the median is printed (31)
  --json         print the result as JSON; docs/cli.md in the repository describes its fields
  --help         print this

Exit codes: 0 all answers are the same, 1 some differ, or there is nothing to compare, 2 the command was used wrongly.
`

/** Raised whenever a field of the JSON is renamed, removed or given another meaning; new ones may come at any time. */
const FORMAT = 1

/**
 * @param {string[]} argv
 * @param {import('../terminal.js').Io} io
 * @returns {Promise<number>}
 */
async function bench(argv, io) {
  const { values, positionals } = parse({
    args: argv,
    allowPositionals: true,
    options: {
      flags: { type: 'string' },
      people: { type: 'string' },
      seed: { type: 'string' },
      rounds: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    io.stdout.write(HELP)
    return 0
  }
  refuseMore(positionals, 1)
  const [file] = positionals
  if (file !== undefined && values.flags !== undefined) {
    throw new UsageError('expected --flags without a file: it says how many flags to generate')
  }
  const flags = wholeNumber('flags', values.flags, { most: 100_000, otherwise: 100 })
  const people = wholeNumber('people', values.people, { least: 2, most: 100_000, otherwise: 200 })
  const seed = wholeNumber('seed', values.seed, { least: 0, most: 2 ** 32 - 1, otherwise: 1 })
  const rounds = wholeNumber('rounds', values.rounds, { most: 10_000, otherwise: 31 })
  const document = file === undefined ? generateProject({ flags, seed }) : readDefinitions(file, io.cwd)
  if (document.flags.length === 0) {
    throw misused(`at least one flag in '${file}'`, 'none')
  }
  try {
    loadBinding()
  } catch (error) {
    printLine(io.stderr, messageOf(error))
    return 1
  }

  const source = file ?? `${flags} generated flags`
  const progress = new Progress(io.stderr)
  const { value: result, messages } = await quietly(() =>
    measure(document, { people, seed, rounds, say: (what, detail) => progress.say(what, detail) })
  )
  progress.end()
  // posthog-node warns so of methods that the comparison itself calls.
  const notes = messages.filter((message) => !message.includes('is deprecated and will be removed'))
  const versions = { 'posthog-node': stockVersion(), [name]: version }
  const { agreement, cases } = result
  const ok = agreement.different === 0 && agreement.decided.length > 0
  const caption = `${Object.entries(versions).map((pair) => pair.join(' ')).join(', ')}; ${machine()}` // prettier-ignore
  if (values.json) {
    const { decided, ...rest } = agreement
    const about = { source: file ?? null, flags: result.flags, decidedLocally: decided.length, leftOut: result.leftOut }
    const json = { format: FORMAT, ok, versions, machine: machine(), seed, definitions: about, agreement: rest, cases }
    io.stdout.write(`${printableJson({ ...json, notes })}\n`)
    return ok ? 0 : 1
  }
  const terminal = new Terminal(io.stdout, io.env)
  terminal.line(caption)
  terminal.line(
    `${source}${file === undefined ? '' : `, ${result.flags} flags`}, ${agreement.decided.length} of them decided locally; ` +
      `--seed ${seed}`
  )
  for (const note of notes) {
    terminal.wrap(`note: ${note}`, 6).forEach((line) => terminal.line(terminal.style('dim', line)))
  }
  printResult(terminal, result)
  return ok ? 0 : 1
}

function stockVersion() {
  return new (requirePosthogNode().PostHog)('phc_bench').getLibraryVersion()
}

module.exports = { bench }
