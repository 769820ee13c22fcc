'use strict'

// Makes a failing case small: tries ever simpler versions of every node of its spec and keeps each one that still
// fails in the same way, until none does.

const { Js, RawJson, setOwn, build } = require('./spec.js')
const { isComparable } = require('./comparable.js')

const MAXIMUM_ATTEMPTS = 6000

const PLAIN_TIMES = [Date.parse('2024-01-15T10:00:00.000Z'), 0]

/** Simpler versions of a leaf, simplest first. */
function simplerLeaves(value) {
  if (value instanceof RawJson) {
    return [JSON.parse(value.text)]
  }
  if (value instanceof Js) {
    return [undefined, null, 0, '', 'a', []]
  }
  if (typeof value === 'string' && value.length > 0) {
    const half = Math.ceil(value.length / 2)
    const shorter =
      value.length > 1 ? [value.slice(0, half), value.slice(half), value.slice(1), value.slice(0, -1)] : []
    const simple = value.length > 2 ? ['', 'a'] : ['']
    return [...simple, ...shorter]
  }
  if (typeof value === 'number' && value !== 0 && value !== 1) {
    return [0, 1, 100, Math.trunc(value)].filter((simpler) => !Object.is(simpler, value))
  }
  return value === true ? [false] : []
}

const isLeaf = (value) => typeof value !== 'object' || value === null || value instanceof Js || value instanceof RawJson

/** An array without a half of it, each in turn, then without ever smaller parts down to single items. */
function* withoutParts(items) {
  for (let size = Math.ceil(items.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < items.length; start += size) {
      yield [...items.slice(0, start), ...items.slice(start + size)]
    }
  }
}

/** Yields simpler versions of `value`; each is a whole new tree sharing what did not change. */
function* simplerVersions(value) {
  if (isLeaf(value)) {
    yield* simplerLeaves(value)
    return
  }
  if (Array.isArray(value)) {
    yield* withoutParts(value)
    for (let index = 0; index < value.length; index++) {
      for (const item of simplerVersions(value[index])) {
        yield replaced(value, index, item)
      }
    }
    return
  }
  if (Array.isArray(value.values)) {
    // A member of a property group in the group's place.
    yield* value.values
  }
  const keys = Object.keys(value)
  for (const kept of withoutParts(keys)) {
    yield onlyKeys(value, kept)
  }
  for (const key of keys) {
    for (const child of simplerVersions(value[key])) {
      yield withKey(value, key, child)
    }
  }
}

const replaced = (array, index, item) => array.map((old, at) => (at === index ? item : old))

function withKey(object, key, value) {
  const copy = {}
  for (const name of Object.keys(object)) {
    setOwn(copy, name, name === key ? value : object[name])
  }
  return copy
}

function onlyKeys(object, keys) {
  const copy = {}
  for (const key of keys) {
    setOwn(copy, key, object[key])
  }
  return copy
}

/** The parts of a case that shrink, each with how to put a simpler version back. */
function* simplerCases(testCase) {
  const [call] = testCase.calls
  const withCall = (changes) => ({ ...testCase, calls: [{ ...call, ...changes }] })
  if (testCase.calls.length > 1) {
    for (const only of testCase.calls) {
      yield { ...testCase, calls: [only] }
    }
    return
  }
  if (call.flagKeys !== undefined) {
    yield withCall({ flagKeys: undefined })
  }
  for (const singles of simplerVersions(call.singles)) {
    if (singles.length < call.singles.length) {
      yield withCall({ singles })
    }
  }
  if (testCase.source === 'network') {
    yield { ...testCase, source: 'cache' }
  }
  if (testCase.evaluationContexts !== undefined) {
    yield { ...testCase, evaluationContexts: undefined }
  }
  for (const now of PLAIN_TIMES) {
    // Not back from one to the other.
    if (!PLAIN_TIMES.includes(testCase.now)) {
      yield { ...testCase, now }
    }
  }
  for (const definitions of simplerVersions(testCase.definitions)) {
    yield { ...testCase, definitions }
  }
  for (const context of simplerVersions(call.context)) {
    // The client always passes these four; an absent one is another case than the one found.
    if (typeof context === 'object' && 'distinctId' in context) {
      yield withCall({ context })
    }
  }
}

/** What is no document at all can be compared: both sides refuse it. */
function canBeCompared(definitions) {
  let built
  try {
    built = build(definitions)
  } catch {
    return true
  }
  return !isRecord(built) || isComparable(built)
}

/** The case with the one flag that it fails on: mostly that is enough, and then all that follows is fast. */
function onlyFlag(testCase, key) {
  const { flags } = testCase.definitions
  const chosen = Array.isArray(flags) ? flags.filter((flag) => isRecord(flag) && flag.key === key) : []
  return chosen.length > 0 ? { ...testCase, definitions: { ...testCase.definitions, flags: chosen } } : undefined
}

const isRecord = (value) => typeof value === 'object' && value !== null

/**
 * @param {object} testCase a failing case
 * @param {(testCase: object) => Promise<boolean>} stillFails whether a simpler case fails in the same way
 * @param {unknown} [key] of the flag that it fails on
 * @returns the smallest failing case found
 */
async function shrink(testCase, stillFails, key) {
  const focused = onlyFlag(testCase, key)
  let smallest = focused !== undefined && (await stillFails(focused)) ? focused : testCase
  let attempts = 0
  for (let improved = true; improved && attempts < MAXIMUM_ATTEMPTS;) {
    improved = false
    for (const simpler of simplerCases(smallest)) {
      if (++attempts > MAXIMUM_ATTEMPTS) {
        break
      }
      if (!canBeCompared(simpler.definitions) || !(await stillFails(simpler))) {
        continue
      }
      smallest = simpler
      improved = true
      break
    }
  }
  return smallest
}

module.exports = { shrink }
