'use strict'

// One property filter of a condition or a cohort, on one of the keys that contexts draw from.

const { OPERATORS, UNKNOWN_OPERATORS } = require('./operators.js')
const { randomFilter } = require('./filters.js')
const { jsonValue } = require('./values.js')

/** Property keys; few, so that a context easily has the ones a document asks about. */
const KEYS = ['email', 'plan', 'age', 'country', 'version', 'signup', 'score', 'beta', 'name', 'tags']
// prettier-ignore
const ODD_KEYS = [
  'distinct_id', '$device_id', '$group_key', '', ' ', '0', 'ключ', 'a.b', '😀', '\ud800', 'toString', '__proto__',
  'constructor', 'length',
]

/** What posthog-node takes for `exact`. */
const NO_OPERATOR = [undefined, '', null, 0, false]

function randomOperator(random) {
  return random.oneOf(
    [30, () => (random.chance(0.4) ? random.pick(NO_OPERATOR) : random.pick(OPERATORS.equality))],
    [18, () => random.pick(OPERATORS.substring)],
    [16, () => random.pick(OPERATORS.regex)],
    [14, () => random.pick(OPERATORS.order)],
    [14, () => random.pick(OPERATORS.date)],
    [14, () => random.pick(OPERATORS.semver)],
    [6, () => random.pick(OPERATORS.presence)],
    [2, () => (random.chance(0.7) ? random.pick(UNKNOWN_OPERATORS) : jsonValue(random))]
  )
}

/**
 * A plain property filter on one of `vocabulary`'s keys. Remembers context values related to it in the vocabulary.
 * @param {{ add(key: string, values: unknown[]): void, now: number }} vocabulary
 */
function randomProperty(random, vocabulary) {
  const operator = randomOperator(random)
  const { value, related } = randomFilter(random, operator || 'exact', vocabulary.now)
  const key = random.chance(0.92) ? random.pick(KEYS) : random.pick(ODD_KEYS)
  vocabulary.add(key, related)
  const property = { key, value }
  if (operator !== undefined) {
    property.operator = operator
  }
  random.oneOf(
    [8, () => {}],
    [4, () => (property.type = 'person')],
    [1, () => (property.type = random.pick(['group', 'event', null, 5, 'PERSON', true]))]
  )
  if (random.chance(0.02)) {
    delete property.value
  }
  random.oneOf([98, () => {}], [1, () => delete property.key], [1, () => (property.key = jsonValue(random))])
  return property
}

module.exports = { randomProperty, KEYS, ODD_KEYS }
