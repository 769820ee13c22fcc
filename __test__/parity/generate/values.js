'use strict'

const { js, rawJson, build } = require('../support/spec.js')
const { randomText, plainText } = require('./strings.js')

/** Context values no sane caller passes and some caller does. Each is an expression, so it can be printed. */
// prettier-ignore
const HOSTILE_SOURCES = [
  'undefined', 'NaN', 'Infinity', '-Infinity', '-0', '10n', '-5n', '2n ** 70n', 'Symbol("s")', 'Symbol.iterator',
  '() => 1', 'function named() {}', 'class Plan {}', 'async () => {}', 'function* walk() {}', 'Math', 'JSON',
  'Math.max', '[,]', '[,1.5]', '["a",,"b"]', '[[]]', '[[1.5, ["a"]]]', '[undefined]', '[null]', '[Symbol("s")]',
  '[() => 1]', '[10n]', '[NaN]', '[-0]', '[new Date(0)]', '[,true]', '["true", true]', '["TRUE", ["true"]]',
  '[false, "False"]', '[[[]]]', '[{}]', '(() => { const a = []; a.push(a); return a })()',
  '(() => { const a = [1.5]; a.push([a]); return a })()', '(() => { const o = {}; o.self = o; return o })()',
  '(() => { const o = { list: [] }; o.list.push(o); return o })()',
  '(() => { const shared = { a: "x" }; return [shared, shared] })()', 'Object.assign([1.5], { extra: 1 })',
  'Object.create(null)', 'Object.assign(Object.create(null), { a: "x" })', 'Object.create({ a: "x" })',
  'Object.create(Object.create(null))', 'new (class Plan { constructor() { this.a = "x" } })()',
  'new (class Plan { toString() { return "pro" } })()', 'Object.setPrototypeOf(["a"], null)',
  'new (class List extends Array {})("a", "b")', 'Object.assign(["a"], { toString() { return "pro" } })',
  'Object.assign(["a"], { join: undefined })', 'new Date(0)', 'new Date(NaN)', 'new Date("2024-01-15T10:00:00Z")',
  'new Date(8.64e15)', 'new Date(-1)', 'new Date(2024, 1, 29, 12)', 'Object.create(Date.prototype)',
  'Object.assign(new Date(0), { valueOf() { return 5 } })',
  'Object.assign(new Date(0), { toString() { return "pro" } })',
  'Object.defineProperty(new Date(0), Symbol.toPrimitive, { value: () => 1e13 })',
  'Object.setPrototypeOf(new Date(0), null)', 'Object.setPrototypeOf(new Date(0), Object.prototype)',
  'new Map([[1, 2]])', 'new Set(["a"])', 'new WeakMap()', '/x/g', 'new Error("boom")', 'Promise.resolve(1)',
  'new String("pro")', 'new String("")', 'new String("true")', 'new Number(5)', 'new Number(1.5)', 'new Number(NaN)',
  'new Boolean(true)', 'new Boolean(false)', 'Object(10n)', 'Object(Symbol("s"))', '({ toString() { return "pro" } })',
  '({ toString() { return "true" } })', '({ toString() { return 5 } })', '({ toString() { return {} } })',
  '({ toString() { throw new Error("no string") } })', '({ toString() { throw 5 } })', '({ toString: null })',
  '({ toString: null, valueOf() { return "pro" } })', '({ toString() { return Symbol("s") } })',
  '({ toString() { return null } })', '({ toString() { return undefined } })', '({ toString() { return 2n } })',
  '({ valueOf() { return 5 } })', '({ valueOf() { throw new TypeError("no value") } })',
  '({ [Symbol.toPrimitive]() { return "pro" } })', '({ [Symbol.toPrimitive](hint) { return hint } })',
  '({ [Symbol.toPrimitive]: 5 })', '({ [Symbol.toPrimitive]() { return {} } })',
  '({ get [Symbol.toStringTag]() { return "Plan" } })', '({ toJSON() { throw new Error("no json") } })',
  '({ toJSON() { return "pro" } })', '({ get a() { throw new Error("getter") } })', '({ get a() { return 1.5 } })',
  '({ get a() { throw 5 } })', '({ [Symbol("s")]: 1, a: "x" })', 'Object.defineProperty({}, "hidden", { value: 1n })',
  '({ a: undefined })', '({ a: () => 1 })', '({ a: Symbol("s") })', '({ a: new Date(0) })', '({ "\\ud800": "x" })',
  '({ a: "\\udc00" })', '({ b: "x", a: 1.5 })', '({ 2: "x", 1: "y" })', '({ "😀": "x", "\\uffff": "y" })',
  '({ a: { b: [null, true, "x"] } })', '({ ["__proto__"]: "x" })', '({ a: -0 })', '({ a: 1e-7 })', '[1e-7, 0.1]',
  '[1e21]', '({ a: [1.25, { b: null }] })', 'new Proxy({}, {})', 'new Proxy([], {})', 'new Proxy(["a"], {})',
  'new Proxy({ a: "x" }, {})', 'new Proxy(new Date(0), {})', 'new Proxy({}, { get() { throw new Error("trap") } })',
  'new Proxy({}, { ownKeys() { throw new Error("trap") } })', 'new Proxy({}, { getPrototypeOf() { return null } })',
  'new Proxy(function () {}, {})',
  '(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy })()', 'Buffer.from("pro")',
  'new Uint8Array([1, 2])', 'new Float64Array([1.5])', 'new ArrayBuffer(2)', 'new URL("http://pro/")',
  '(function () { return arguments })(1, 2)', 'Object.freeze(["a"])', 'Object.freeze({ a: "x" })', 'globalThis',
  'new (class {})()', 'JSON.parse("[".repeat(300) + "]".repeat(300))', '"x".repeat(300)',
]

const HOSTILE = HOSTILE_SOURCES.map(js)

// prettier-ignore
const NUMBERS = [
  0, 1, -1, 2, 5, 10, 18, 42, 100, 1000, 0.5, 1.5, -1.5, 0.1, 0.30000000000000004, 1e21, 1.5e21, 1e-7, 1.5e-7, 5e-324,
  123456789.125, 1e100, 1.7976931348623157e308, Number.MAX_SAFE_INTEGER, 2 ** 53, 1705312800000, 1705312800,
  1705312800.5,
]

/** Numbers as JSON may spell them and JSON.stringify would not. */
const RAW_NUMBERS = [
  '-0',
  '-0.0',
  '0.0',
  '1.0',
  '1e0',
  '1E+2',
  '1.50',
  '1e400',
  '-1e400',
  '1e-400',
  '100000000000000000000000',
  '1e21',
  '1e-7',
  '9007199254740993',
  '18446744073709551616',
  '-9223372036854775809',
  '0.1e1',
  '1.7976931348623159e308',
  '5e-325',
  '2.0',
  '50.0',
  '0.1000000000000000055511151231257827',
  '123456789012345680000.5',
].map(rawJson)

const RAW_TEXTS = [
  '"\\ud800"',
  '"\\udc00x"',
  '"\\u0000"',
  '"\\u00e9"',
  '"\\/"',
  '"\\ud83d\\ude00"',
  '"pro\\u0020"',
].map(rawJson)

const hostileValue = (random) => random.pick(HOSTILE)
const randomNumber = (random) =>
  random.chance(0.8) ? random.pick(NUMBERS) : random.between(-1000, 1000) / random.pick([1, 2, 3, 7, 100])

/** An object that JavaScript can make neither a text nor a number of. */
const UNREADABLE = { toString: 1 }

/** Any JSON value a definitions document may hold. */
function jsonValue(random, depth = 2) {
  return random.oneOf(
    [8, () => randomText(random)],
    [4, () => randomNumber(random)],
    [2, () => random.chance(0.5)],
    [1, () => null],
    [1, () => random.pick(RAW_NUMBERS)],
    [0.5, () => random.pick(RAW_TEXTS)],
    [0.3, () => UNREADABLE],
    [depth > 0 ? 3 : 0, () => random.list(random.between(0, 3), () => jsonValue(random, depth - 1))],
    [depth > 0 ? 2 : 0, () => jsonObject(random, depth - 1)]
  )
}

function jsonObject(random, depth) {
  const object = {}
  const keys = [
    'a',
    'b',
    'toString',
    'valueOf',
    'length',
    '1',
    '',
    'é',
    '😀',
    '\uffff',
    '\ud800',
    'join',
    'type',
    'values',
  ]
  for (const key of random.sample(keys, random.between(0, 3))) {
    object[key] = jsonValue(random, depth)
  }
  return object
}

/** A value where `expected` kinds of thing are usual and anything else is possible. */
const mostly = (random, share, usual, anything = () => jsonValue(random)) =>
  random.chance(share) ? usual() : anything()

/** Any value a caller may pass, half of them ordinary. */
function contextValue(random) {
  return random.oneOf(
    [6, () => plainText(random)],
    [5, () => randomText(random)],
    [4, () => randomNumber(random)],
    [2, () => random.chance(0.5)],
    [1, () => null],
    [3, () => withoutRaw(jsonValue(random))],
    [7, () => hostileValue(random)]
  )
}

/** A JSON spec as a context spec: raw JSON text becomes the value it stands for. */
function withoutRaw(spec) {
  return build(spec)
}

const rawNumber = (random) => random.pick(RAW_NUMBERS)

module.exports = { UNREADABLE, hostileValue, randomNumber, rawNumber, jsonValue, contextValue, withoutRaw, mostly }
