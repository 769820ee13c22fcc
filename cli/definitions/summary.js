'use strict'

const { SILENT } = require('../../lib/evaluation/silent.js')
const { Snapshot } = require('../../lib/evaluation/snapshot.js')
const { textOf } = require('./filters.js')
const { Obstacles } = require('./obstacles.js')
const { makePeople } = require('./people.js')

/**
 * How the flags of a document are decided. Each is in one of the first four numbers.
 *
 * @typedef {object} DefinitionsSummary
 * @property {number} flags
 * @property {number} bytes of the document as JSON
 * @property {number} byDistinctId decided locally for anybody
 * @property {number} byProperties decided locally if the call brings the properties and groups that they read
 * @property {number} sometimes decided locally for some values of these properties
 * @property {number} never left to the server, or without a value under `strictLocalEvaluation`
 * @property {string[]} properties of people that flags read
 * @property {string[]} groups whose key or properties flags read
 * @property {{ key: string, locally: 'sometimes' | 'never', reason: string, because: string[] }[]} undecided
 * @property {string[]} problems parts of the document that had to be left out
 *
 * @typedef {DefinitionsSummary['undecided'][number]} UndecidedFlag
 */

/** Each flag is tried for so many people, whose properties have the values that definitions test. */
const TRIALS = 200
const SEED = 1

/**
 * @param {import('./file.js').Document} document
 * @returns {DefinitionsSummary}
 * @throws {Error} if the addon cannot be loaded
 * @throws {TypeError} if the document cannot be compiled
 */
function summarize(document) {
  const text = JSON.stringify(document)
  const snapshot = Snapshot.compile(text)
  const failures = countFailures(snapshot, peopleFor(document))
  const obstacles = new Obstacles(document)
  const reasons = new Map(snapshot.unresolvable.map(({ key, reason }) => [key, reason]))
  const [persons, groups] = [new Set(), new Set()]
  const counts = { byDistinctId: 0, byProperties: 0, sometimes: 0, never: 0 }
  /** @type {UndecidedFlag[]} */
  const undecided = []
  for (const record of snapshot.featureFlags) {
    const key = textOf(record.key)
    const inputs = snapshot.inputsOf(record)
    for (const input of inputs) {
      if (input.kind === 'person') {
        persons.add(input.key)
      } else if (input.kind !== 'distinctId') {
        groups.add(input.group)
      }
    }
    const failed = failures.get(key)
    if (failed !== undefined) {
      const locally = failed.count === TRIALS ? 'never' : 'sometimes'
      counts[locally] += 1
      undecided.push({ key, locally, reason: reasons.get(key) ?? failed.reason, because: obstacles.of(key) })
    } else {
      counts[inputs.every(({ kind }) => kind === 'distinctId') ? 'byDistinctId' : 'byProperties'] += 1
    }
  }
  return {
    flags: snapshot.length,
    bytes: Buffer.byteLength(text),
    ...counts,
    properties: [...persons].sort(),
    groups: [...groups].sort(),
    undecided,
    problems: snapshot.problems,
  }
}

/**
 * The people for whom flags are tried. They lack nothing that flags read.
 *
 * @param {import('./file.js').Document} document
 */
function peopleFor(document) {
  return makePeople(document, { count: TRIALS, seed: SEED, missing: 0 })
}

/**
 * For how many of the people each flag had no value although nothing was missing, and why.
 *
 * @param {Snapshot} snapshot
 * @param {import('./people.js').Person[]} people
 */
function countFailures(snapshot, people) {
  /** @type {Map<string, { count: number, reason: string }>} */
  const failures = new Map()
  for (const person of people) {
    const { response, unresolved } = snapshot.evaluateAll(person, undefined, SILENT)
    for (const record of snapshot.featureFlags) {
      const { key } = record
      if (!Object.hasOwn(response, key) && !hasHiddenValue(snapshot, record, person)) {
        const reason = Object.hasOwn(unresolved, key) ? unresolved[key] : 'an error'
        const known = failures.get(textOf(key)) ?? { count: 0, reason }
        known.count += 1
        failures.set(textOf(key), known)
      }
    }
  }
  return failures
}

/**
 * Whether a flag has a value that the results of all flags cannot hold: no object has a property of the name `__proto__` by
 * assignment.
 *
 * @param {Snapshot} snapshot
 * @param {import('../../lib/evaluation/flag-record.js').FlagRecord} record
 * @param {import('./people.js').Person} person
 */
function hasHiddenValue(snapshot, record, person) {
  return record.key === '__proto__' && snapshot.valueOf(record, person, SILENT) !== undefined
}

module.exports = { peopleFor, summarize }
