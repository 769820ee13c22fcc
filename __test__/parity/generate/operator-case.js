'use strict'

// A case about single filters: one flag for each, in turn with every operator. Half of the calls pass every kind of value
// in turn, so that each operator meets each kind; the others aim at an answer: a match, no match or none.

const { ABSENT, VALUE_TYPES, TYPE_NAMES } = require('./value-types.js')
const { OPERATORS, ALL_OPERATORS, UNKNOWN_OPERATORS } = require('./operators.js')
const { nearMiss } = require('./near-miss.js')
const { randomFilter } = require('./filters.js')
const { CLOCKS } = require('./dates.js')
const { js, build } = require('../support/spec.js')
const { outcomeOfFilter } = require('../support/reference-matcher.js')
const { stopClockAt, restartClock } = require('../support/clock.js')

const FLAGS = 32
const TYPED_CALLS = 3
const AIMED_CALLS = 6
const MAXIMUM_TRIES = 16
/** How many of the filters are tried again until they can come to something. */
const USABLE = 0.85

const EVEN_AIMS = ['true', 'false', 'unresolved']
/** For operators that few kinds of values give an answer. */
const DECIDED_AIMS = ['true', 'true', 'true', 'false', 'false', 'false', 'unresolved']

const NO_OPERATOR = 'none'
const UNKNOWN = 'unknown'

/** What a filter may have for an operator: one that is known, none, or one that is not known. */
const OPERATOR_NAMES = [...ALL_OPERATORS, NO_OPERATOR, UNKNOWN]

function operatorOf(random, name) {
  switch (name) {
    case NO_OPERATOR:
      return undefined
    case UNKNOWN:
      return random.pick(UNKNOWN_OPERATORS)
    default:
      return name
  }
}

function filterOn(random, key, operator, now) {
  const wantsUsable = random.chance(USABLE)
  for (let tries = 1; ; tries++) {
    const { value, related } = randomFilter(random, operator ?? 'exact', now)
    const property = { key, value, type: 'person', ...(operator === undefined ? {} : { operator }) }
    const isUsable = () =>
      related.some((other) => outcomeOfFilter(build(property), { [key]: build(other) }) !== 'unresolved')
    if (!wantsUsable || tries === MAXIMUM_TRIES || isUsable()) {
      return { property, related }
    }
  }
}

/** The flag number `index` of case `number`; counting over all cases, operators take turns. */
function operatorFlag(random, number, index, now) {
  const turn = number * FLAGS + index
  const name = OPERATOR_NAMES[turn % OPERATOR_NAMES.length]
  const operator = operatorOf(random, name)
  const { property, related } = filterOn(random, `p${index}`, operator, now)
  const flag = {
    id: index + 1,
    key: `${name}-${index}`,
    active: true,
    filters: { groups: [{ properties: [property] }] },
  }
  return { flag, name, property, related, round: Math.floor(turn / OPERATOR_NAMES.length) }
}

const isScalar = (value) => ['string', 'number', 'boolean'].includes(typeof value)

/** One of the related values that is plain: a text, a number, a boolean, or a list of those. */
function plainOf(random, related) {
  const candidates = related
    .map(build)
    .filter((value) => isScalar(value) || (Array.isArray(value) && value.every(isScalar)))
  return candidates.length > 0 ? random.pick(candidates) : String(random.int(9))
}

/** A context value of the kind whose turn it is. */
function typedValue(random, { related, round }, call, now) {
  const type = TYPE_NAMES[(round * TYPED_CALLS + call) % TYPE_NAMES.length]
  return { type, value: VALUE_TYPES[type](random, plainOf(random, related), now) }
}

function candidateFor(random, aim, related) {
  return random.oneOf(
    [4, () => random.pick(related)],
    [3, () => nearMiss(random, plainOf(random, related))],
    [aim === 'unresolved' ? 3 : 0, () => ABSENT],
    [aim === 'unresolved' ? 1 : 0.1, () => js('undefined')],
    [0.2, () => null]
  )
}

/** A context value for which the filter comes to `aim`, if one is found soon. */
function aimedValue(random, { property, related }, aim, version) {
  const filter = build(property)
  let value = ABSENT
  for (let tries = 0; tries < MAXIMUM_TRIES; tries++) {
    value = candidateFor(random, aim, related)
    const properties = value === ABSENT ? {} : { [filter.key]: build(value) }
    if (outcomeOfFilter(filter, properties, version) === aim) {
      break
    }
  }
  return value
}

const DECIDED = new Set([
  ...OPERATORS.equality,
  ...OPERATORS.date,
  ...OPERATORS.semver,
  ...OPERATORS.regex,
  NO_OPERATOR,
])

const aimsOf = ({ name }) => (DECIDED.has(name) ? DECIDED_AIMS : EVEN_AIMS)

function callOn(random, flags, valueOf) {
  const personProperties = {}
  const types = {}
  for (const entry of flags) {
    const { type, value } = valueOf(entry)
    if (value !== ABSENT) {
      personProperties[entry.property.key] = value
    }
    if (type !== undefined) {
      types[entry.flag.key] = type
    }
  }
  const singles = random.list(4, () => ({ key: random.pick(flags).flag.key, matchValue: undefined }))
  const context = { distinctId: `user-${random.int(1000)}`, groups: {}, personProperties, groupProperties: {} }
  return { context, flagKeys: undefined, singles, types }
}

/** @param {number} number how many such cases there were before */
function operatorCase(random, number) {
  const now = random.pick(CLOCKS) + random.int(1000)
  stopClockAt(now)
  try {
    return operatorCaseAt(random, number, now)
  } finally {
    restartClock()
  }
}

function operatorCaseAt(random, number, now) {
  const version = random.pick([undefined, 1, 2])
  const flags = random.list(FLAGS, (index) => operatorFlag(random, number, index, now))
  const definitions = { flags: flags.map(({ flag }) => flag), cohorts: {} }
  if (version !== undefined) {
    definitions.property_matching_version = version
  }
  const typed = random.list(TYPED_CALLS, (call) =>
    callOn(random, flags, (entry) => typedValue(random, entry, call, now))
  )
  const aimed = random.list(AIMED_CALLS, () =>
    callOn(random, flags, (entry) => ({ value: aimedValue(random, entry, random.pick(aimsOf(entry)), version) }))
  )
  return {
    kind: 'operators',
    definitions,
    evaluationContexts: undefined,
    now,
    calls: [...typed, ...aimed],
    subjects: Object.fromEntries(flags.map(({ flag, name }) => [flag.key, name])),
  }
}

module.exports = { operatorCase, OPERATOR_NAMES }
