'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { LocalEvaluator } = require('../../../index.js')
const { callOf, fieldsOf, isOfJavaScript, partsOf, serverVectors } = require('../../support/server-vectors.js')

/** @typedef {import('../../support/server-vectors.js').ServerContext} ServerContext */

/** What the server decides and is open here, in percent at most. */
const MOST_OPEN = 3

/** Adds up how answers compare with the server's. */
class Tally {
  constructor() {
    /** @type {string[]} */
    this.wrong = []
    this.decided = 0
    this.definite = 0
  }

  /**
   * @param {string} what
   * @param {string | boolean | undefined} answer
   * @param {string | boolean | null} expected by the server; null if nobody but the server can know
   */
  add(what, answer, expected) {
    if (expected !== null) {
      this.definite++
      this.decided += answer === undefined ? 0 : 1
    }
    if (answer !== undefined && answer !== expected) {
      this.wrong.push(`${what}: ${answer}, the server ${expected}`)
    }
  }

  /** @param {import('node:test').TestContext} t @param {number} atLeast how many answers there have to be */
  check(t, atLeast) {
    t.diagnostic(`${this.definite} answers, ${this.decided} decided, ${this.wrong.length} wrong`)
    assert.deepEqual(this.wrong.slice(0, 20), [])
    assert.ok(this.definite >= atLeast, `${this.definite} answers`)
    assert.ok(
      this.decided * 100 >= this.definite * (100 - MOST_OPEN),
      `${this.decided} of ${this.definite} are decided`
    )
  }
}

/**
 * The evaluator of a document for the time zone of a context, made once.
 *
 * @param {string} definitions
 */
function evaluatorsOf(definitions) {
  /** @type {Map<string, LocalEvaluator>} */
  const made = new Map()
  return ({ timezone = 'UTC' }) => {
    const evaluator = made.get(timezone) ?? new LocalEvaluator(definitions, { semantics: 'server', timezone })
    made.set(timezone, evaluator)
    return evaluator
  }
}

/** What a client makes of a payload as it is stored. @param {any} stored */
function payloadOf(stored) {
  try {
    return typeof stored === 'string' ? JSON.parse(stored) : stored
  } catch {
    return stored
  }
}

/** @param {import('node:test').TestContext} t */
function clockOf(t) {
  t.mock.timers.enable({ apis: ['Date'] })
  return (/** @type {ServerContext} */ { now }) => t.mock.timers.setTime(Date.parse(now))
}

/**
 * A document with a flag for each of some filters of the property `x`, and one for a filter without a value.
 *
 * @param {string[]} values of the filters, as JSON
 * @param {string} operator as JSON
 * @param {string} version of matching, as JSON
 */
function filtersDocument(values, operator, version) {
  const flag = (/** @type {string} */ key, /** @type {string} */ value) =>
    `{"key":"${key}","active":true,"filters":{"groups":[{"properties":[` +
    `{"key":"x","type":"person","operator":${operator}${value}}],"rollout_percentage":100}]}}`
  const flags = [...values.map((value, index) => flag(`f${index}`, `,"value":${value}`)), flag('valueless', '')]
  return `{"flags":[${flags.join()}],"cohorts":{},"property_matching_version":${version}}`
}

test('single filters are tested as the server tests them', (t) => {
  const setClock = clockOf(t)
  const tally = new Tally()
  /** @type {(what: string, answer: any, expected: string) => void} */
  const add = (what, answer, expected) => {
    // What is neither has no answer: the filter or the property is not there for the server.
    if (!'mip'.includes(expected)) tally.add(what, answer, expected === '1')
  }
  for (const matrix of partsOf(fieldsOf(serverVectors('properties')).matrices).map(fieldsOf)) {
    const { operator = 'null', version = 'null', zone = 'null', now = '"2024-06-15T12:00:00Z"' } = matrix
    const [filters, properties] = [partsOf(matrix.filters), partsOf(matrix.properties)]
    const results = JSON.parse(matrix.results)
    const definitions = filtersDocument(filters, operator, version)
    const evaluator = new LocalEvaluator(definitions, { semantics: 'server', timezone: JSON.parse(zone) ?? 'UTC' })
    setClock(/** @type {any} */ ({ now: JSON.parse(now) ?? '2024-06-15T12:00:00Z' }))
    const answersFor = (/** @type {any} */ personProperties) =>
      evaluator.getAllFlags('kari', { personProperties, propertiesAreComplete: true })
    for (const [column, property] of properties.entries()) {
      if (!isOfJavaScript(property)) continue
      const answers = answersFor({ x: JSON.parse(property) })
      filters.forEach((filter, row) =>
        add(`${operator} ${filter} <- ${property} (${zone})`, answers[`f${row}`], results[row][column])
      )
      const valueless = matrix.absentValue && JSON.parse(matrix.absentValue)[column]
      if (valueless) add(`${operator} without a value <- ${property}`, answers.valueless, valueless)
    }
    if (matrix.absentProperty) {
      const answers = answersFor({})
      const expected = JSON.parse(matrix.absentProperty)
      filters.forEach((filter, row) => add(`${operator} ${filter} <- nothing`, answers[`f${row}`], expected[row]))
    }
  }
  tally.check(t, 70_000)
})

/**
 * Each context of the vectors of flags that JavaScript can tell, with the clock set to it.
 *
 * @param {import('node:test').TestContext} t
 */
function* contextsOfFlags(t) {
  const setClock = clockOf(t)
  for (const document of partsOf(fieldsOf(serverVectors('flags')).documents).map(fieldsOf)) {
    const evaluatorFor = evaluatorsOf(document.definitions)
    const results = JSON.parse(document.results)
    for (const [index, text] of partsOf(document.contexts).entries()) {
      if (!isOfJavaScript(text)) continue
      const context = JSON.parse(text)
      setClock(context)
      const call = callOf(context, true)
      const evaluator = evaluatorFor(context)
      yield { name: document.name, text, id: context.distinct_id, call, evaluator, results: results[index] }
    }
  }
}

test('flags are decided as the server decides them, one by one and all at once', (t) => {
  const tally = new Tally()
  for (const { name, text, id, call, evaluator, results } of contextsOfFlags(t)) {
    const all = evaluator.getAllFlags(id, call)
    for (const [key, [value, reason, , stored]] of Object.entries(results)) {
      const answer = evaluator.getFeatureFlag(key, id, call)
      const what = `${name} ${key} (${reason}) for ${text}`
      tally.add(what, answer, reason === 'omitted' ? false : value)
      assert.equal(all[key], answer, what)
      if (answer !== undefined && answer !== false && stored) {
        assert.deepEqual(evaluator.getFeatureFlagResult(key, id, call)?.payload, payloadOf(stored), what)
      }
    }
  }
  tally.check(t, 9000)
})

test('explanations name the reason and the condition that the server names', (t) => {
  const found = { same: 0, unknown: 0, others: /** @type {string[]} */ ([]) }
  for (const { name, text, id, call, evaluator, results } of contextsOfFlags(t)) {
    for (const [key, [, reason, condition]] of Object.entries(results)) {
      const explanation = evaluator.explain(key, id, call)
      if (explanation?.value === undefined || reason === 'omitted') continue
      const { reasonCode, conditionIndex = null } = explanation
      if (reasonCode === undefined) {
        found.unknown++
      } else if (reasonCode === reason && conditionIndex === condition) {
        found.same++
      } else {
        found.others.push(`${name} ${key} for ${text}: ${reasonCode} ${conditionIndex}, server ${reason} ${condition}`)
      }
    }
  }
  const { same, unknown, others } = found
  t.diagnostic(JSON.stringify({ same, unknown, others: others.length }))
  assert.deepEqual(others.slice(0, 5), [])
  assert.ok(same > 8000, String(same))
})

test('the smallest examples are decided as the server decides them', (t) => {
  const setClock = clockOf(t)
  const tally = new Tally()
  const { definite, leftToTheNetwork } = fieldsOf(serverVectors('examples'))
  for (const example of [...partsOf(definite), ...partsOf(leftToTheNetwork)]) {
    const [what, definitions, text, expected] = partsOf(example)
    assert.ok(isOfJavaScript(text), what)
    const context = JSON.parse(text)
    setClock(context)
    const { key } = JSON.parse(definitions).flags[0]
    const answer = evaluatorsOf(definitions)(context).getFeatureFlag(key, context.distinct_id, callOf(context, true))
    tally.add(what, answer, JSON.parse(expected)[0])
  }
  tally.check(t, 60)
})

test('what is not known never makes an answer that is not the only possible one', (t) => {
  const setClock = clockOf(t)
  const documents = partsOf(fieldsOf(serverVectors('flags')).documents).map(fieldsOf)
  const evaluators = new Map(documents.map(({ name, definitions }) => [JSON.parse(name), evaluatorsOf(definitions)]))
  const wrong = []
  let decided = 0
  for (const text of partsOf(fieldsOf(serverVectors('partial')).contexts)) {
    const { document, context, unknown, outcomes } = JSON.parse(text)
    const evaluatorFor = evaluators.get(document)
    if (evaluatorFor === undefined || !isOfJavaScript(fieldsOf(text).context)) continue
    setClock(context)
    const nothingIsUnknown = unknown.person.length + unknown.company.length === 0
    const all = evaluatorFor(context).getAllFlags(context.distinct_id, callOf(context, nothingIsUnknown))
    for (const [key, possible] of Object.entries(outcomes)) {
      const answer = all[key]
      decided += answer === undefined ? 0 : 1
      if (answer !== undefined && (possible.length !== 1 || possible[0] !== answer)) {
        wrong.push(`${document} ${key}: ${answer}, possible ${possible} for ${text}`)
      }
    }
  }
  t.diagnostic(`${decided} decided, ${wrong.length} wrong`)
  assert.deepEqual(wrong.slice(0, 20), [])
  assert.ok(decided > 500, `${decided} are decided`)
})
