'use strict'

// Counts what posthog-node answered, so that a run can show what it tried: every kind of answer, every feature and
// operator with every outcome, every operator on every kind of value. All counts can be added up over several runs.

const OUTCOMES = ['on', 'off', 'unresolved']

/** The most flags of each size of project, and its name. */
const PROJECT_SIZES = [
  [5, '1 to 5 flags'],
  [40, '6 to 40'],
  [150, '41 to 150'],
  [500, '151 to 500'],
]

function increment(counts, name, by = 1) {
  counts[name] = (counts[name] ?? 0) + by
}

/** What an answer says about one flag: its value is `false` or another, or it has none. */
function outcomeOf({ response }, key) {
  if (!Object.hasOwn(response, key)) {
    return 'unresolved'
  }
  return response[key] === false ? 'off' : 'on'
}

/** A variant's key may be anything. */
function kindOfValue(value) {
  if (typeof value === 'boolean') {
    return String(value)
  }
  return typeof value === 'string' && value.startsWith('holdout-') ? 'holdout' : 'variant'
}

class Tally {
  constructor() {
    /** By kind of answer. */
    this.answers = {}
    /** Cases about whole projects, by the number of their flags. */
    this.projects = {}
    /** Outcomes by kind of case. */
    this.kinds = {}
    /** Outcomes by what a flag is about: an operator or a feature. */
    this.subjects = {}
    /** By operator and then by kind of value. */
    this.pairs = {}
  }

  addCase({ kind, definitions }) {
    if (kind === 'projects') {
      const bucket = PROJECT_SIZES.find(([most]) => definitions.flags.length <= most)
      increment(this.projects, bucket[1])
    }
  }

  /**
   * @param {{ answer?: { response: object, payloads: object, unresolved: object, fallbackToFlags: boolean } }} settled
   * @param {{ kind: string, subjects?: Record<string, string> }} testCase
   * @param {{ types?: Record<string, string> }} call
   */
  addAnswer({ answer }, errors, testCase, call) {
    if (answer === undefined) {
      return increment(this.answers, 'rejected')
    }
    const { response, payloads, unresolved, fallbackToFlags } = answer
    for (const value of Object.values(response)) {
      increment(this.answers, kindOfValue(value))
    }
    for (const reason of Object.values(unresolved)) {
      increment(this.answers, reason)
    }
    increment(this.answers, 'payload', Object.keys(payloads).length)
    increment(this.answers, 'error event', errors.length)
    increment(this.answers, fallbackToFlags ? 'remote fallback' : 'no fallback')
    this._addOutcomes(answer, errors, testCase, call)
  }

  _addOutcomes(answer, errors, { kind, subjects = {} }, { types = {} }) {
    this.kinds[kind] ??= {}
    for (const key of Object.keys(answer.response)) {
      increment(this.kinds[kind], outcomeOf(answer, key))
    }
    increment(this.kinds[kind], 'unresolved', Object.keys(answer.unresolved).length + errors.length)
    for (const [key, subject] of Object.entries(subjects)) {
      this.subjects[subject] ??= {}
      increment(this.subjects[subject], outcomeOf(answer, key))
      if (types[key] !== undefined) {
        this.pairs[subject] ??= {}
        increment(this.pairs[subject], types[key])
      }
    }
  }
}

/** Adds up counts within counts; what is no number is taken from the first. */
function sum(left, right) {
  if (typeof left === 'number' || typeof right === 'number') {
    return (left ?? 0) + (right ?? 0)
  }
  const both = { ...left }
  for (const key of Object.keys(right ?? {})) {
    both[key] = sum(both[key], right[key])
  }
  return both
}

module.exports = { Tally, OUTCOMES, PROJECT_SIZES, sum }
