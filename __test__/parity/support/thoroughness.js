'use strict'

// What a long run must have tried. A generator that decays compares ever more of the same, and nothing else would tell.

const { OUTCOMES, PROJECT_SIZES } = require('./tally.js')
const { OPERATOR_NAMES } = require('../generate/operator-case.js')
const { TYPE_NAMES } = require('../generate/value-types.js')
const { FEATURES } = require('../generate/features.js')

/** From so many evaluations on, a run is held to all of this. */
const LONG_RUN = 100_000

/** Answers that must have occurred. */
const ANSWERS = [
  'true',
  'false',
  'variant',
  'holdout',
  'payload',
  'error event',
  'remote fallback',
  'no fallback',
  'experience_continuity',
  'unsupported_definition',
  'unresolved_dependency',
  'missing_context',
]

/** What an operator can come to at all; the others can come to everything. */
const OUTCOMES_OF_OPERATORS = {
  is_set: ['on', 'unresolved'],
  is_not_set: ['off', 'unresolved'],
  unknown: ['unresolved'],
}

/** The least share of each outcome. Generators aim at a third each; what is left to chance must not come near this. */
const LEAST_SHARE = { operator: 0.13, feature: 0.05, kind: 0.08 }

function* rareOutcomes(name, counts = {}, outcomes, least) {
  const total = OUTCOMES.reduce((total, outcome) => total + (counts[outcome] ?? 0), 0)
  for (const outcome of outcomes) {
    const share = (counts[outcome] ?? 0) / total
    if (!(share >= least)) {
      yield `${name}: expected ${outcome} in at least ${least * 100} % of the evaluations; received ${(share * 100).toFixed(1)} %`
    }
  }
}

function* findShortcomings({ answers, kinds, subjects, pairs, projects }) {
  for (const answer of ANSWERS.filter((answer) => !answers[answer])) {
    yield `expected an answer '${answer}'; received none`
  }
  for (const kind of ['documents', 'operators', 'features', 'projects']) {
    yield* rareOutcomes(kind, kinds[kind], OUTCOMES, LEAST_SHARE.kind)
  }
  for (const operator of OPERATOR_NAMES) {
    yield* rareOutcomes(operator, subjects[operator], OUTCOMES_OF_OPERATORS[operator] ?? OUTCOMES, LEAST_SHARE.operator)
    for (const type of TYPE_NAMES.filter((type) => !pairs[operator]?.[type])) {
      yield `${operator}: expected a value of the kind '${type}'; received none`
    }
  }
  for (const [feature, { outcomes }] of Object.entries(FEATURES)) {
    yield* rareOutcomes(feature, subjects[feature], outcomes, LEAST_SHARE.feature)
  }
  for (const [, size] of PROJECT_SIZES.filter(([, size]) => !projects[size])) {
    yield `expected a project of ${size}; received none`
  }
}

/**
 * What a run ought to have tried and has not; empty for a short run.
 * @returns {string[]}
 */
function shortcomingsOf(totals) {
  return totals.evaluations < LONG_RUN ? [] : [...findShortcomings(totals)]
}

module.exports = { shortcomingsOf, LONG_RUN }
