'use strict'

// Every kind of value JavaScript has, as a caller may pass it for a property. Where a kind can carry content, it carries
// some that has to do with the filter it will meet, so that the kind decides the answer and not mere unlikeness.

const { js } = require('../support/spec.js')
const { nearMissText } = require('./near-miss.js')

/** The property is not there at all. */
const ABSENT = Symbol('absent')

const quoted = (content) => JSON.stringify(String(content))
/** JavaScript source of a plain value. */
const source = (content) => (Object.is(content, -0) ? '-0' : (JSON.stringify(content) ?? 'undefined'))
const numberOf = (random, content) => {
  const number = typeof content === 'number' ? content : parseFloat(String(content))
  return Number.isFinite(number) ? number : random.pick([0, 1, 5, 1.5, -2])
}
const bigintOf = (random, content) => BigInt(Math.trunc(numberOf(random, content)))
const timeOf = (random, content, now) => {
  const time = new Date(content).getTime()
  return Number.isNaN(time) ? now + random.pick([-1, 0, 1]) * random.pick([1, 86_400_000]) : time
}

/** @type {Record<string, (random: import('../support/random.js').Random, content: any, now: number) => unknown>} */
const VALUE_TYPES = {
  absent: () => ABSENT,
  undefined: () => js('undefined'),
  null: () => null,
  boolean: (random, content) => (typeof content === 'boolean' ? content : random.chance(0.5)),
  text: (random, content) => (random.chance(0.5) ? String(content) : nearMissText(random, String(content))),
  'text, long': (random, content) =>
    js(
      `${quoted(content)} + ${random.pick(["'x'", "'é'", "' '", "'9'", "'X-'", "'\\ud83d\\ude00'"])}.repeat(${random.pick([600, 1023, 1024, 3000])})`
    ),
  'text, ill-formed': (random, content) => String(content) + random.pick(['\ud800', '\udc00x']),
  integer: (random, content) => Math.trunc(numberOf(random, content)),
  fraction: (random, content) => numberOf(random, content) + random.pick([0, 0.5, -0.25]),
  '-0': () => -0,
  NaN: () => NaN,
  Infinity: (random) => random.pick([Infinity, -Infinity]),
  bigint: (random, content) => bigintOf(random, content),
  symbol: (random, content) => js(`Symbol(${quoted(content)})`),
  function: (random) => js(random.pick(['() => 1', 'function named() {}', 'async () => {}', 'Math.max'])),
  class: () => js('class Plan {}'),
  Date: (random, content, now) => js(`new Date(${timeOf(random, content, now)})`),
  'Date, invalid': () => js('new Date(NaN)'),
  'list, empty': () => [],
  list: (random, content) => random.pick([[content], [content, content], ['other', content]]),
  'list, long': (random, content) =>
    // Elements inside elements count too, and there is a limit to all of them.
    js(`Array(${typeof content === 'object' ? 1000 : random.pick([1000, 99_999])}).fill(${source(content)})`),
  'list, nested': (random, content) => random.pick([[[content]], [[], [content]]]),
  'list, sparse': (random, content) => js(`[, ${source(content)}]`),
  'list, circular': (random, content) => js(`(() => { const a = [${source(content)}]; a.push(a); return a })()`),
  object: (random, content) => random.pick([{}, { a: content }]),
  'object, nested': (random, content) => ({ a: { b: [content] } }),
  'object of many keys': (random, content) =>
    js(`Object.fromEntries(Array.from({ length: 300 }, (_, place) => ['k' + place, ${source(content)}]))`),
  'object, circular': () => js('(() => { const o = {}; o.self = o; return o })()'),
  'object without prototype': (random, content) => js(`Object.assign(Object.create(null), { a: ${source(content)} })`),
  'object with toString': (random, content) => js(`({ toString() { return ${quoted(content)} } })`),
  'object with valueOf': (random, content) => js(`({ valueOf() { return ${source(content)} } })`),
  'object with toPrimitive': (random, content) => js(`({ [Symbol.toPrimitive]() { return ${quoted(content)} } })`),
  'object with toJSON': (random, content) => js(`({ toJSON() { return ${source(content)} } })`),
  'object with getter': (random, content) => js(`({ get a() { return ${source(content)} } })`),
  'object that throws': () => js('({ toString() { throw new Error("no text") } })'),
  'object of a class': (random, content) => js(`new (class Plan { constructor() { this.a = ${source(content)} } })()`),
  'boxed text': (random, content) => js(`new String(${quoted(content)})`),
  'boxed number': (random, content) => js(`new Number(${source(numberOf(random, content))})`),
  'boxed boolean': (random) => js(`new Boolean(${random.chance(0.5)})`),
  'boxed bigint': (random, content) => js(`Object(${bigintOf(random, content)}n)`),
  'boxed symbol': (random, content) => js(`Object(Symbol(${quoted(content)}))`),
  'typed array': (random, content) => js(`new Float64Array([${source(numberOf(random, content))}])`),
  Buffer: (random, content) => js(`Buffer.from(${quoted(content)})`),
  ArrayBuffer: () => js('new ArrayBuffer(2)'),
  Map: (random, content) => js(`new Map([["a", ${source(content)}]])`),
  Set: (random, content) => js(`new Set([${source(content)}])`),
  RegExp: () => js('/x/g'),
  Error: (random, content) => js(`new Error(${quoted(content)})`),
  Promise: (random, content) => js(`Promise.resolve(${source(content)})`),
  'Proxy of a list': (random, content) => js(`new Proxy([${source(content)}], {})`),
  'Proxy of an object': (random, content) => js(`new Proxy({ a: ${source(content)} }, {})`),
  URL: () => js('new URL("https://example.com/")'),
  arguments: (random, content) => js(`(function () { return arguments })(${source(content)})`),
}

const TYPE_NAMES = Object.keys(VALUE_TYPES)

module.exports = { ABSENT, VALUE_TYPES, TYPE_NAMES }
