'use strict'

// Values that are almost a given one: `'1'`, `1`, `' 1'` and `'1.0'`; `true`, `'True'` and `'true '`; another case,
// another normal form, another kind of space, the next number up.

const { js } = require('../support/spec.js')

const SPACES = [' ', '  ', '\t', '\n', '\r', '\u00a0', '\u2003', '\ufeff', '\u200b', '\u180e', '\u0000']
const FOREIGN = ['İ', 'ß', 'Σ', 'ς', '\u212a', 'é', '\u0301', '😀', '\ud800', '\udc00', '"', '\\', '*', '.']
/** Letters that look like ASCII ones. */
const LOOKALIKES = {
  a: 'а',
  e: 'е',
  o: 'о',
  p: 'р',
  c: 'с',
  x: 'х',
  K: '\u212a',
  i: 'ı',
  I: 'İ',
  s: 'ſ',
  1: '１',
  ß: 'ss',
}

function swapCase(text) {
  return [...text].map((c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())).join('')
}

/** `text` as somebody else might have spelled it. */
function nearMissText(random, text) {
  const at = random.int(text.length + 1)
  return random.oneOf(
    [2, () => swapCase(text)],
    [2, () => text.toUpperCase()],
    [2, () => text.toLowerCase()],
    [1, () => text.charAt(0).toUpperCase() + text.slice(1).toLowerCase()],
    [2, () => text + random.pick(SPACES)],
    [1, () => random.pick(SPACES) + text],
    [1, () => text.trim()],
    [2, () => text.normalize('NFD')],
    [1, () => text.normalize('NFC')],
    [1, () => text.normalize('NFKC')],
    [1, () => text.slice(1)],
    [1, () => text.slice(0, -1)],
    [1, () => text.slice(0, at) + random.pick(FOREIGN) + text.slice(at)],
    [1, () => [...text].map((c) => (random.chance(0.5) ? (LOOKALIKES[c] ?? c) : c)).join('')],
    [1, () => text + text],
    [1, () => JSON.stringify(text)]
  )
}

/** The double next to `number`, up or down. */
function nextDouble(number, up) {
  if (!Number.isFinite(number)) {
    return number
  }
  if (number === 0) {
    return up ? Number.MIN_VALUE : -Number.MIN_VALUE
  }
  const bits = new BigInt64Array(new Float64Array([number]).buffer)
  bits[0] += number > 0 === up ? 1n : -1n
  return new Float64Array(bits.buffer)[0]
}

function nearMissNumber(random, number) {
  const text = String(number)
  return random.oneOf(
    [2, () => text],
    [1, () => `${text}.0`],
    [1, () => `0${text}`],
    [1, () => `+${text}`],
    [1, () => random.pick(SPACES) + text],
    [1, () => text + random.pick(SPACES)],
    [1, () => `${text}px`],
    [1, () => number.toExponential()],
    [1, () => nextDouble(number, true)],
    [1, () => nextDouble(number, false)],
    [1, () => number + 1],
    [1, () => number - 1],
    [1, () => -number],
    [1, () => Math.trunc(number)],
    [0.5, () => js(`new Number(${Object.is(number, -0) ? '-0' : text})`)]
  )
}

const nearMissBoolean = (random, value) =>
  random.oneOf(
    [2, () => !value],
    [2, () => String(value)],
    [1, () => String(value).toUpperCase()],
    [1, () => (value ? 'True' : 'False')],
    [1, () => `${value} `],
    [1, () => ` ${value}`],
    [1, () => Number(value)],
    [1, () => String(Number(value))],
    [1, () => js(`new Boolean(${value})`)]
  )

/** Something close to a plain value (text, number, boolean, null, list or object), as a spec for a context. */
function nearMiss(random, value) {
  if (random.chance(0.12)) {
    return [value]
  }
  switch (typeof value) {
    case 'string':
      return nearMissString(random, value)
    case 'number':
      return nearMissNumber(random, value)
    case 'boolean':
      return nearMissBoolean(random, value)
    default:
      return nearMissOther(random, value)
  }
}

function nearMissString(random, text) {
  const number = Number(text)
  return random.oneOf(
    [8, () => nearMissText(random, text)],
    [text.trim() !== '' && Number.isFinite(number) ? 4 : 0, () => number],
    [/^(true|false)$/i.test(text) ? 4 : 0, () => text.toLowerCase() === 'true'],
    [0.5, () => js(`new String(${JSON.stringify(text)})`)]
  )
}

function nearMissOther(random, value) {
  if (Array.isArray(value)) {
    return random.oneOf(
      [2, () => (value.length > 0 ? random.pick(value) : '')],
      [1, () => [...value].reverse()],
      [1, () => value.slice(1)],
      [1, () => [...value, ...value]],
      [1, () => JSON.stringify(value).slice(1, -1)],
      [1, () => JSON.stringify(value)]
    )
  }
  const json = JSON.stringify(value) ?? 'null'
  return random.pick([json, json.toUpperCase(), ` ${json}`, js('undefined'), '', [value]])
}

module.exports = { nearMiss, nearMissText, nextDouble }
