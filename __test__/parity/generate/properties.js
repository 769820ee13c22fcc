'use strict'

// One property filter and, for its key, context values that have something to do with it.

const { js, build } = require('../support/spec.js')
const { randomText, plainText, variationOf } = require('./strings.js')
const { jsonValue, randomNumber, withoutRaw, mostly } = require('./values.js')
const { randomRegex } = require('./regexes.js')
const { randomDateText, isoNear, EPOCHS } = require('./dates.js')
const { randomSemver, semverNear } = require('./semvers.js')

/** Property keys; few, so that a context easily has the ones a document asks about. */
const KEYS = ['email', 'plan', 'age', 'country', 'version', 'signup', 'score', 'beta', 'name', 'tags']
const ODD_KEYS = [
  'distinct_id',
  '$device_id',
  '$group_key',
  '',
  ' ',
  '0',
  'ключ',
  'a.b',
  '😀',
  '\ud800',
  'toString',
  '__proto__',
  'constructor',
  'length',
]

const SUBSTRING = ['icontains', 'not_icontains', 'starts_with', 'not_starts_with', 'ends_with', 'not_ends_with']
const NUMERIC = ['gt', 'gte', 'lt', 'lte']
const SEMVER = [
  'semver_eq',
  'semver_neq',
  'semver_gt',
  'semver_gte',
  'semver_lt',
  'semver_lte',
  'semver_tilde',
  'semver_caret',
  'semver_wildcard',
]
const UNKNOWN = [
  'between',
  'is_date_exact',
  'EXACT',
  'in',
  'not_in',
  'flag_evaluates_to',
  'icontains_multi',
  'Gt',
  ' gt',
  'toString',
  '__proto__',
]

const asText = (value) => {
  try {
    return String(build(value))
  } catch {
    return 'pro'
  }
}

/** [operator, filter value, related context values] by family of operator. */
function equality(random) {
  const value = random.oneOf(
    [4, () => plainText(random)],
    [3, () => randomText(random)],
    [2, () => random.pick([true, false, 'true', 'false', 'TRUE', 'False'])],
    [2, () => random.list(random.between(0, 4), () => mostly(random, 0.6, () => plainText(random)))],
    [
      1,
      () =>
        random.pick([
          [],
          ['true'],
          [true, 'TRUE'],
          [false],
          [[]],
          [[true]],
          ['true', false],
          [null],
          [''],
          [['a']],
          [1.5],
          ['1.5', 1.5],
        ]),
    ],
    [4, () => jsonValue(random)]
  )
  const plain = withoutRaw(value)
  const related = [plain]
  if (Array.isArray(plain) && plain.length > 0) {
    related.push(random.pick(plain), [plain], plain.slice(1))
  }
  if (typeof plain === 'string') {
    related.push(variationOf(random, plain), [plain], js(`new String(${JSON.stringify(plain)})`))
  }
  if (typeof plain === 'number') {
    related.push(asText(plain), [plain], plain + 0.5)
  }
  if (typeof plain === 'boolean') {
    related.push(!plain, String(plain).toUpperCase(), [plain], [String(plain)], 1.5, 1)
  }
  if (typeof plain === 'object') {
    related.push(JSON.stringify(plain), JSON.stringify(plain).toUpperCase())
  }
  try {
    related.push(JSON.parse(asText(value)))
  } catch {
    related.push(asText(value))
  }
  return [random.pick(['exact', 'exact', 'is_not', undefined, '', null, 0, false]), value, related]
}

function substring(random) {
  const value = mostly(random, 0.75, () => (random.chance(0.6) ? plainText(random) : randomText(random)))
  const text = variationOf(random, asText(value))
  const around = random.pick(['x', '', ' ', 'é'])
  return [
    random.pick(SUBSTRING),
    value,
    [text, text + around, around + text, around + text + around, [text], withoutRaw(value)],
  ]
}

function numeric(random) {
  const value = mostly(random, 0.7, () =>
    random.oneOf(
      [5, () => randomNumber(random)],
      [3, () => String(randomNumber(random))],
      [3, () => randomText(random)],
      [1, () => `${random.int(20)}px`]
    )
  )
  const number = parseFloat(asText(value))
  const near = Number.isFinite(number)
    ? [number, number + 1, number - 0.5, `${number + 1}`, `${number}px`, ` ${number}`, [number], `${number}e1`]
    : []
  const text = asText(value)
  return [
    random.pick(NUMERIC),
    value,
    [
      ...near,
      text,
      `${text}\u0000`,
      text.slice(0, -1),
      '\uffff',
      '😀',
      '\ue000',
      js(`new Number(${toNumberSource(number)})`),
      js('new Date(5)'),
    ],
  ]
}

const toNumberSource = (number) => (Object.is(number, -0) ? '-0' : String(number))

function pattern(random) {
  const { pattern, subjects } = randomRegex(random)
  const value = mostly(random, 0.93, () => pattern)
  return [
    random.pick(['regex', 'regex', 'not_regex']),
    value,
    [...subjects, ...subjects, [subjects[0]], randomText(random)],
  ]
}

function date(random, now) {
  const value = mostly(random, 0.88, () => (random.chance(0.85) ? randomDateText(random, now) : random.pick(EPOCHS)))
  const related = random.list(4, () => (random.chance(0.6) ? isoNear(random, now) : randomDateText(random, now)))
  related.push(random.pick(EPOCHS), now, js(`new Date(${now - 86_400_000})`), js(`new Date(${now + 1})`))
  return [random.pick(['is_date_after', 'is_date_before']), value, related]
}

function semver(random) {
  const value = mostly(random, 0.88, () => randomSemver(random))
  const text = asText(value)
  return [
    random.pick(SEMVER),
    value,
    [text, semverNear(random, text), semverNear(random, text), randomSemver(random), randomNumber(random)],
  ]
}

const presence = (random) => [
  random.pick(['is_set', 'is_not_set']),
  mostly(random, 0.5, () => 'is_set'),
  [plainText(random), null, js('undefined')],
]

const unknown = (random) => [
  random.chance(0.7) ? random.pick(UNKNOWN) : jsonValue(random),
  jsonValue(random),
  [plainText(random), randomNumber(random)],
]

/**
 * A plain property filter on one of `vocabulary`'s keys. Remembers context values related to it in the vocabulary.
 * @param {{ add(key: string, values: unknown[]): void, now: number }} vocabulary
 */
function randomProperty(random, vocabulary) {
  const [operator, value, related] = random.oneOf(
    [30, () => equality(random)],
    [18, () => substring(random)],
    [16, () => pattern(random)],
    [14, () => numeric(random)],
    [14, () => date(random, vocabulary.now)],
    [14, () => semver(random)],
    [6, () => presence(random)],
    [2, () => unknown(random)]
  )
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
