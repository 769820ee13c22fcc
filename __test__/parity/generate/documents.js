'use strict'

const { randomFlag } = require('./flags.js')
const { randomCohorts } = require('./cohorts.js')
const { UNREADABLE, jsonValue } = require('./values.js')
const { CLOCKS } = require('./dates.js')
const { rawJson, toJson } = require('../support/spec.js')
const { breakCycles, isComparable } = require('../support/comparable.js')

/** Keys and the context values that documents give a meaning to; contexts draw from it. */
class Vocabulary {
  constructor(now) {
    this.now = now
    this.values = new Map()
  }

  add(key, values) {
    const known = this.values.get(key) ?? []
    known.push(...values)
    this.values.set(key, known)
  }
}

const ODD_FLAG_KEYS = [
  '',
  ' ',
  'флаг',
  '😀',
  'flag: with colon',
  'a.b',
  '5',
  'İ',
  'x'.repeat(200),
  'true',
  'undefined',
  'null',
  '\ud800',
  'flag-0 ',
  'length',
]
const ODD_FLAGS = [
  5,
  -5,
  1.5,
  'x',
  true,
  [],
  {},
  '',
  0,
  { key: 'bare' },
  { active: true },
  ['flag-1'],
  { key: null, active: true },
]

/** So many properties make a document be read by generated code, in a loop, and by a list of arguments. */
const MANY_PROPERTIES = [60, 70, 100, 1100]

/**
 * A flag that reads properties which nobody has, so that all flags of the document are read in another way, and flags that
 * show whether that is right: by the distinct id that every person is given, and by a group.
 */
function wideFlags(random) {
  const properties = random.list(random.pick(MANY_PROPERTIES), (index) => ({
    key: `wide-${index}`,
    value: 'x',
    operator: 'exact',
    type: 'person',
  }))
  const on = (key, filters) => ({ key, active: true, filters })
  const isSet = (key, type) => ({ key, value: 'is_set', operator: 'is_set', type })
  return [
    on('wide', { groups: [{ properties, rollout_percentage: 100 }] }),
    on('wide-person', { groups: [{ properties: [isSet('distinct_id', 'person')], rollout_percentage: 100 }] }),
    on('wide-group', {
      aggregation_group_type_index: 0,
      groups: [{ properties: [isSet(random.pick(['plan', 'name']), 'group')], rollout_percentage: 100 }],
    }),
  ]
}

function randomKeys(random) {
  const keys = random.list(
    random.chance(0.2) ? random.between(1, 4) : random.between(8, 26),
    (index) => `flag-${index}`
  )
  if (random.chance(0.3)) {
    keys.push(...random.sample(ODD_FLAG_KEYS, 2))
  }
  if (random.chance(0.05)) {
    keys.push(random.pick([5, 1.5, true, null, ['a'], {}, 1e21]))
  }
  if (random.chance(0.15)) {
    keys.push(random.pick(keys))
  }
  return random.shuffle(keys)
}

/** JSON text in which one object repeats a key; JSON.parse keeps the last. */
function withDuplicateKey(random, flag) {
  const [key] = random.sample(Object.keys(flag), 1)
  if (key === undefined) {
    return flag
  }
  return rawJson(`{${JSON.stringify(key)}:${toJson(jsonValue(random))},${toJson(flag).slice(1)}`)
}

function randomGroupMapping(random) {
  return random.oneOf(
    [12, () => ({ 0: 'company', 1: 'project', 2: 'instance' })],
    [2, () => ({ 0: 'company' })],
    [1, () => ({ 0: 'company', 1: '', 2: null, x: 'project', true: 'company', '-1': 'project' })],
    [1, () => ({ 0: random.pick([5, ['company'], {}, true, UNREADABLE]), 1: 'company' })],
    [1, () => random.pick([null, {}, [], ['company', 'project'], 'cp', 5, 0, ''])]
  )
}

/** Puts `name` into the document as snake_case, camelCase, both or both at odds. */
function place(random, document, snakeName, camelName, make) {
  const form = random.pick(['snake', 'snake', 'snake', 'camel', 'both', 'conflict', 'none'])
  const value = make()
  if (form === 'snake' || form === 'both' || form === 'conflict') {
    document[snakeName] = value
  }
  if (form === 'camel' || form === 'both') {
    document[camelName] = value
  }
  if (form === 'conflict') {
    document[camelName] = make()
  }
}

/**
 * A definitions document (spec) with all that evaluating it needs.
 * @returns {{ definitions: object, vocabulary: Vocabulary, flagKeys: unknown[], now: number }}
 */
function randomDocument(random) {
  const now = random.pick(CLOCKS) + random.int(1000)
  const vocabulary = new Vocabulary(now)
  const flagKeys = randomKeys(random)
  const cohortIds = random.chance(0.6) ? random.sample([1, 2, 3, 17, '42', 'abc'], random.between(1, 4)) : []
  const world = {
    vocabulary,
    flagKeys,
    cohortIds,
    cohorts: cohortIds.length > 0 || random.chance(0.2),
    dependencies: random.chance(0.6),
  }
  const flags = flagKeys.map((key) => randomFlag(random, world, key))
  if (random.chance(0.08)) {
    flags.splice(random.int(flags.length), 0, random.pick(ODD_FLAGS))
  }
  if (random.chance(0.06)) {
    const wide = wideFlags(random)
    flags.push(...wide)
    flagKeys.push(...wide.map(({ key }) => key))
  }
  const definitions = { flags, cohorts: randomCohorts(random, world) }
  place(random, definitions, 'group_type_mapping', 'groupTypeMapping', () => randomGroupMapping(random))
  place(random, definitions, 'property_matching_version', 'propertyMatchingVersion', () =>
    random.pick([2, 2, 2, 2, 2, 1, '2', null, 3, rawJson('2.0'), true, [2]])
  )
  place(random, definitions, 'minimal_flag_called_events', 'minimalFlagCalledEvents', () =>
    random.pick([true, false, null])
  )
  if (cohortIds.length === 0 && random.chance(0.3)) {
    definitions.cohorts = random.pick([null, [], 5, '', 'x', true])
  }
  if (cohortIds.length === 0 && random.chance(0.2)) {
    delete definitions.cohorts
  }

  if (random.chance(0.2)) {
    definitions[random.pick(['version', 'flags_', '', 'e'])] = jsonValue(random)
  }

  breakCycles(definitions)
  if (!isComparable(plain(definitions))) {
    return randomDocument(random)
  }
  if (random.chance(0.1)) {
    const at = random.int(flags.length)
    if (typeof flags[at] === 'object' && !Array.isArray(flags[at])) {
      flags[at] = withDuplicateKey(random, flags[at])
    }
  }
  return { definitions, vocabulary, flagKeys, now }
}

/** A document that cannot be used, or not whole: cut short, no object, without a list of flags, with a flag that is none. */
function brokenDocument(random, definitions) {
  const { flags, ...rest } = definitions
  return random.oneOf(
    [2, () => rawJson(toJson(definitions).slice(0, -1 - random.int(200)))],
    [
      2,
      () => rawJson(random.pick(['', ' ', 'null', 'true', '5', '-5', '1.5', '"x"', '[]', '[1]', '{"flags"}', '{}x'])),
    ],
    [4, () => ({ ...rest, flags: random.pick([null, 5, -5, 1.5, 'x', true, {}, { a: 1 }, [null], [null, null]]) })],
    [1, () => rest],
    [2, () => ({ ...rest, flags: random.shuffle([...flags, null]) })],
    [1, () => ({ ...rest, flags: [...flags, { key: UNREADABLE, active: true }] })],
    [1, () => ({ ...rest, flags: [...flags, { key: 'contexts', active: true, evaluation_contexts: 5 }] })]
  )
}

const plain = (definitions) => JSON.parse(toJson(definitions))

module.exports = { randomDocument, brokenDocument, Vocabulary }
