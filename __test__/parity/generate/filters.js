'use strict'

// For each operator a filter value and, related to it, context values: ones that pass, ones that do not, near misses.

const { js, build } = require('../support/spec.js')
const { randomText, plainText } = require('./strings.js')
const { nearMiss, nearMissText } = require('./near-miss.js')
const { OPERATORS } = require('./operators.js')
const { jsonValue, randomNumber, withoutRaw, mostly } = require('./values.js')
const { randomRegex } = require('./regexes.js')
const { randomDateText, isoNear, EPOCHS } = require('./dates.js')
const { randomSemver, semverNear } = require('./semvers.js')

const asText = (value) => {
  try {
    return String(build(value))
  } catch {
    return 'pro'
  }
}

// prettier-ignore
const BOOLEAN_LISTS = [
  [], ['true'], [true, 'TRUE'], [false], [[]], [[true]], ['true', false], [null], [''], [['a']], [1.5], ['1.5', 1.5],
]

/** Lists as long as those of emails or accounts; from nine items on they are looked up differently here. */
const longList = (random) =>
  random.list(random.between(9, 14), (index) =>
    random.chance(0.04) ? jsonValue(random) : random.chance(0.3) ? `${plainText(random)}-${index}` : randomText(random)
  )

function equality(random) {
  const value = random.oneOf(
    [4, () => plainText(random)],
    [3, () => randomText(random)],
    [2, () => random.pick([true, false, 'true', 'false', 'TRUE', 'False'])],
    [2, () => random.list(random.between(0, 4), () => mostly(random, 0.6, () => plainText(random)))],
    [0.7, () => longList(random)],
    [1, () => random.pick(BOOLEAN_LISTS)],
    [1, () => randomNumber(random)],
    [4, () => jsonValue(random)]
  )
  const plain = withoutRaw(value)
  const related = [plain, nearMiss(random, plain)]
  if (Array.isArray(plain) && plain.length > 0) {
    const item = random.pick(plain)
    related.push(item, nearMiss(random, item), [plain], plain.slice(1))
  }
  if (typeof plain === 'string') {
    related.push(nearMissText(random, plain), [plain], js(`new String(${JSON.stringify(plain)})`))
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
  return { value, related }
}

function substring(random) {
  const value = mostly(random, 0.75, () => (random.chance(0.6) ? plainText(random) : randomText(random)))
  const text = random.chance(0.5) ? asText(value) : nearMissText(random, asText(value))
  const around = random.pick(['x', '', ' ', 'é'])
  const related = [text, text + around, around + text, around + text + around, [text], withoutRaw(value)]
  return { value, related }
}

function order(random) {
  const value = mostly(random, 0.7, () =>
    random.oneOf(
      [5, () => randomNumber(random)],
      [3, () => String(randomNumber(random))],
      [3, () => randomText(random)],
      [1, () => `${random.int(20)}px`]
    )
  )
  const text = asText(value)
  const number = parseFloat(text)
  const related = [text, `${text}\u0000`, text.slice(0, -1), '\uffff', '😀', '\ue000', js('new Date(5)')]
  related.push(js(`new Number(${Object.is(number, -0) ? '-0' : number})`))
  if (Number.isFinite(number)) {
    related.push(
      number,
      number + 1,
      number - 0.5,
      `${number + 1}`,
      `${number}px`,
      ` ${number}`,
      [number],
      `${number}e1`
    )
    related.push(nearMiss(random, number))
  }
  return { value, related }
}

function pattern(random) {
  const { pattern, subjects } = randomRegex(random)
  const related = [...subjects, ...subjects, [subjects[0]], randomText(random)]
  return { value: mostly(random, 0.93, () => pattern), related }
}

function date(random, now) {
  const value = mostly(random, 0.88, () => (random.chance(0.85) ? randomDateText(random, now) : random.pick(EPOCHS)))
  const related = random.list(4, () => (random.chance(0.6) ? isoNear(random, now) : randomDateText(random, now)))
  related.push(random.pick(EPOCHS), now, js(`new Date(${now - 86_400_000})`), js(`new Date(${now + 1})`))
  const plain = withoutRaw(value)
  const time = typeof plain === 'object' ? NaN : new Date(plain).getTime()
  if (!Number.isNaN(time)) {
    related.push(plain, time, time + random.pick([-1, 1]), js(`new Date(${time})`))
  }
  return { value, related }
}

function semver(random) {
  const value = mostly(random, 0.88, () => randomSemver(random))
  const text = asText(value)
  const related = [text, semverNear(random, text), semverNear(random, text), randomSemver(random), randomNumber(random)]
  related.push(nearMissText(random, text))
  return { value, related }
}

const presence = (random) => ({
  value: mostly(random, 0.5, () => 'is_set'),
  related: [plainText(random), null, js('undefined')],
})

const unknown = (random) => ({ value: jsonValue(random), related: [plainText(random), randomNumber(random)] })

const FAMILIES = { equality, presence, substring, regex: pattern, order, date, semver }

const familyOf = new Map(
  Object.entries(OPERATORS).flatMap(([family, operators]) => operators.map((operator) => [operator, FAMILIES[family]]))
)

/**
 * @param {unknown} operator
 * @param {number} now the time at which the filter is going to be tested
 * @returns {{ value: unknown, related: unknown[] }} specs
 */
const randomFilter = (random, operator, now) => (familyOf.get(operator) ?? unknown)(random, now)

module.exports = { randomFilter }
