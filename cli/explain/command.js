'use strict'

const { loadBinding } = require('../../lib/addon/load-binding.js')
const { name } = require('../../package.json')
const { messageOf, readDefinitions } = require('../definitions/file.js')
const { listOf, textOf } = require('../definitions/filters.js')
const { Obstacles } = require('../definitions/obstacles.js')
const { printLine, printableJson } = require('../printable.js')
const { Terminal } = require('../terminal.js')
const { UsageError, misused, parse, readTimezone } = require('../usage.js')
const { explainFlag, isFor, missingGroups } = require('./explanation.js')
const { printExplanation } = require('./print.js')
const { differenceOf, jsonOf, printDifference } = require('./semantics.js')

const HELP = `Usage: ${name} explain FLAG --definitions FILE --distinct-id ID [options]

Prints the value of a flag for a person and the reason: each condition and filter, and the position of the person in a
rollout.

Options:
  --definitions FILE        the answer of PostHog's /flags/definitions, or what a cache provider stores
  --distinct-id ID          the distinct id of the person
  --property KEY=VALUE      a property of the person; may be repeated
  --group TYPE=KEY          a group of the person; may be repeated
  --group-property TYPE.KEY=VALUE
                            a property of that group; may be repeated
  --evaluation-context NAME an entry of the client's option evaluationContexts; may be repeated
  --timezone ZONE           the project's time zone, for the value by semantics: 'server'
  --properties-are-complete the person and the groups have no other properties; for the same value
  --json                    print the result as JSON; docs/cli.md in the repository describes its fields
  --help                    print this

A VALUE that is valid JSON is read as JSON, such as 5, true or ["a"]. Any other VALUE is text.

Exit codes: 0 decided locally, 1 left to the server or no such flag, 2 the command was used wrongly.
`

/** Raised whenever a field of the JSON is renamed, removed or given another meaning; new ones may come at any time. */
const FORMAT = 1

/**
 * @param {string[]} argv
 * @param {import('../terminal.js').Io} io
 * @returns {Promise<number>}
 */
async function explain(argv, io) {
  const { values, positionals } = parse({
    args: argv,
    allowPositionals: true,
    options: {
      definitions: { type: 'string' },
      'distinct-id': { type: 'string' },
      property: { type: 'string', multiple: true, default: [] },
      group: { type: 'string', multiple: true, default: [] },
      'group-property': { type: 'string', multiple: true, default: [] },
      'evaluation-context': { type: 'string', multiple: true, default: [] },
      timezone: { type: 'string' },
      'properties-are-complete': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    io.stdout.write(HELP)
    return 0
  }
  const [key, ...rest] = positionals
  const { definitions, 'distinct-id': distinctId } = values
  if (key === undefined || rest.length > 0 || definitions === undefined || distinctId === undefined) {
    const missing = [
      ...(key === undefined ? ['the key of a flag'] : rest.length > 0 ? ['the key of one flag only'] : []),
      ...(definitions === undefined ? ['--definitions FILE'] : []),
      ...(distinctId === undefined ? ['--distinct-id ID'] : []),
    ]
    throw new UsageError(`explain needs ${missing.join(' and ')}`)
  }
  const contexts = values['evaluation-context']
  const timezone = readTimezone(values.timezone)
  const person = readPerson(distinctId, values.property, values.group, values['group-property'])
  const document = readDefinitions(definitions, io.cwd)
  try {
    loadBinding()
  } catch (error) {
    printLine(io.stderr, messageOf(error))
    return 1
  }
  // Of a key that is defined twice, the last definition counts.
  const flag = document.flags.findLast((each) => each?.key === key)
  if (flag === undefined) {
    printLine(io.stderr, `'${definitions}' defines no flag '${key}'${similar(key, document.flags)}`)
    return 1
  }
  let explanation
  let difference
  try {
    if (!isFor(document, flag.key, contexts)) {
      printLine(
        io.stderr,
        `a client with the evaluation contexts ${contexts.join(', ')} leaves '${key}' out, which is for ` +
          `${listOf(flag.evaluation_contexts ?? flag.evaluation_tags)
            .map(textOf)
            .join(', ')}`
      )
      return 1
    }
    explanation = explainFlag(document, flag, person, contexts)
    const propertiesAreComplete = values['properties-are-complete']
    difference = differenceOf(document, key, person, { timezone, contexts, propertiesAreComplete })
  } catch (error) {
    printLine(io.stderr, `'${definitions}' cannot be evaluated: ${messageOf(error)}`)
    return 1
  }
  const isDecided = explanation.outcome.value !== null
  const because = [...missingGroups(document, flag, person), ...(isDecided ? [] : new Obstacles(document).of(key))]
  if (values.json) {
    const semantics = jsonOf(difference)
    io.stdout.write(`${printableJson({ format: FORMAT, ...explanation, because, semantics })}\n`)
  } else {
    const terminal = new Terminal(io.stdout, io.env)
    printExplanation(terminal, explanation, { distinctId, because })
    printDifference(terminal, difference)
  }
  return isDecided ? 0 : 1
}

/**
 * @param {string} distinctId
 * @param {string[]} properties
 * @param {string[]} groups
 * @param {string[]} groupProperties
 * @returns {import('../definitions/people.js').Person}
 */
function readPerson(distinctId, properties, groups, groupProperties) {
  const keys = Object.fromEntries(groups.map((text) => split('group', text, 'TYPE=KEY')))
  /** @type {Record<string, Record<string, any>>} */
  const ofGroups = Object.fromEntries(Object.entries(keys).map(([type, key]) => [type, { $group_key: key }]))
  for (const text of groupProperties) {
    const [path, value] = split('group-property', text, 'TYPE.KEY=VALUE')
    const type = Object.keys(keys).find((each) => path.startsWith(`${each}.`))
    if (type === undefined) {
      throw misused('--group-property of a group that --group names', `'${text}'`)
    }
    define(ofGroups[type], path.slice(type.length + 1), valueOf(value))
  }
  return {
    distinctId,
    personProperties: Object.fromEntries(
      properties.map((text) => split('property', text, 'KEY=VALUE')).map(([key, value]) => [key, valueOf(value)])
    ),
    groups: keys,
    groupProperties: ofGroups,
  }
}

/**
 * @param {string} option
 * @param {string} text
 * @param {string} form
 * @returns {[string, string]}
 */
function split(option, text, form) {
  const at = text.indexOf('=')
  if (at < 1) {
    throw misused(`--${option} ${form}`, `'${text}'`)
  }
  return [text.slice(0, at), text.slice(at + 1)]
}

/**
 * Any name may be that of a property, `__proto__` too.
 *
 * @param {Record<string, any>} object
 * @param {string} property
 * @param {unknown} value
 */
function define(object, property, value) {
  Object.defineProperty(object, property, { value, configurable: true, enumerable: true, writable: true })
}

/** @param {string} text */
function valueOf(text) {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/**
 * @param {string} key
 * @param {any[]} flags
 */
function similar(key, flags) {
  const words = key.toLowerCase().split(/[-_]/)
  const found = flags.map((flag) => textOf(flag?.key)).filter((other) => words.some((word) => other.includes(word)))
  return found.length > 0 ? `; there is ${found.slice(0, 5).join(', ')}` : ''
}

module.exports = { explain }
