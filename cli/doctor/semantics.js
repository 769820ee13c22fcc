'use strict'

const { TwoSemantics } = require('../definitions/semantics.js')
const { peopleFor } = require('../definitions/summary.js')
const { messageOf } = require('../definitions/file.js')
const { ok, problem } = require('./check.js')

/**
 * @typedef {import('../definitions/file.js').Document} Document
 * @typedef {import('../definitions/people.js').Person} Person
 *
 * @typedef {object} DifferentFlag a flag that comes out as something else
 * @property {string} key
 * @property {string | boolean} posthogNode what it is for the person by posthog-node's semantics
 * @property {string | boolean} server and by those of the server
 * @property {Person} person somebody for whom it does
 */

/** What people say to feature enrollment, in turn; nothing is no answer. */
const ENROLLMENTS = ['true', 'false', undefined]

/** How many flags are named in a sentence. */
const MOST_NAMES = 12

/**
 * What `semantics: 'server'` would change about the flags of a document, which is tried with people who have all properties that
 * flags read.
 *
 * @param {Document} document
 * @param {{ source: string, undecided: string[], timezone?: string }} options where it is from, in words; the flags that
 *   posthog-node's semantics leave to the network for some of these people; the project's time zone
 * @returns {import('./check.js').Check}
 */
function checkSemantics(document, { source, undecided, timezone }) {
  try {
    const people = peopleFor(document).map((person, index) => withEnrollment(document, person, index))
    const open = new TwoSemantics(document, { timezone }).openAsServer(people)
    const openInAZone =
      timezone === undefined ? new TwoSemantics(document, { timezone: 'UTC' }).openAsServer(people) : open
    const decided = undecided.filter((key) => !open.has(key))
    const needTimezone = undecided.filter((key) => open.has(key) && !openInAZone.has(key))
    const different = findDifferent(new TwoSemantics(document, { timezone: timezone ?? 'UTC' }), people)
    const flags = new Set(document.flags.map((flag) => flag?.key)).size
    return describe({ source, flags, undecided, decided, needTimezone, different })
  } catch (error) {
    return problem('semantics', `the definitions cannot be tried with semantics: 'server': ${messageOf(error)}`)
  }
}

/**
 * @param {{ source: string, flags: number, undecided: string[], decided: string[], needTimezone: string[],
 *   different: DifferentFlag[] }} found
 */
function describe({ source, flags, undecided, decided, needTimezone, different }) {
  const parts = [
    undecided.length === 0
      ? `none of ${flags} flags is left to the network by posthog-node's semantics`
      : `${undecided.length} of ${flags} flags ${isOrAre(undecided)} left to the network by posthog-node's semantics; ` +
        `${decided.length || 'none'} of them ${isOrAre(decided)} decided by semantics: 'server', given all properties${named(decided)}`,
  ]
  if (needTimezone.length > 0) {
    parts.push(`${needTimezone.length} more if it is told the timezone of the project${named(needTimezone)}`)
  }
  if (different.length > 0) {
    parts.push(
      `${different.length} of ${flags} come out differently for some people${named(different.map(({ key }) => key))}`
    )
  }
  const saves = decided.length + needTimezone.length > 0
  return ok('semantics', parts.join('; '), {
    remedy: saves
      ? "new PostHog(key, { native: { semantics: 'server', timezone } }) spares these requests; docs/semantics.md says what " +
        'else it changes'
      : undefined,
    data: {
      source,
      leftToTheNetwork: undecided,
      decidedAsServer: decided,
      decidedAsServerWithTimezone: needTimezone,
      different,
    },
  })
}

/**
 * Flags that have a value by both semantics, and not the same one.
 *
 * @param {TwoSemantics} semantics
 * @param {Person[]} people
 * @returns {DifferentFlag[]}
 */
function findDifferent(semantics, people) {
  /** @type {Map<string, DifferentFlag>} */
  const found = new Map()
  for (const person of people) {
    for (const { key, posthogNode, server } of semantics.differences(person, true)) {
      if (posthogNode !== undefined && server !== undefined && !found.has(key)) {
        found.set(key, { key, posthogNode, server, person })
      }
    }
  }
  return [...found.values()]
}

/**
 * The person with an answer to what the server asks before all else about some flags.
 *
 * @param {Document} document
 * @param {Person} person
 * @param {number} index among the people
 * @returns {Person}
 */
function withEnrollment({ flags }, person, index) {
  const answer = ENROLLMENTS[index % ENROLLMENTS.length]
  const asked = answer === undefined ? [] : flags.filter((flag) => flag?.filters?.feature_enrollment === true)
  const answers = asked.map(({ key }) => [`$feature_enrollment/${key}`, answer])
  return { ...person, personProperties: { ...person.personProperties, ...Object.fromEntries(answers) } }
}

/** @param {unknown[]} flags */
function isOrAre({ length }) {
  return length === 1 ? 'is' : 'are'
}

/** @param {string[]} keys */
function named(keys) {
  const more = keys.length > MOST_NAMES ? ` and ${keys.length - MOST_NAMES} more` : ''
  return keys.length === 0 ? '' : `: ${keys.slice(0, MOST_NAMES).join(', ')}${more}`
}

module.exports = { checkSemantics }
