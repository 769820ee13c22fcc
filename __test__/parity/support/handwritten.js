'use strict'

// Helpers of the handwritten tests: a document by hand, and for every call the answers a reader expects. The answers are
// checked against posthog-node first (a wrong expectation is a wrong test), then ours must agree in everything.

const test = require('node:test')
const assert = require('node:assert/strict')
const oracle = require('./posthog-node.js')
const { contenders } = require('./native.js')
const { compareCase } = require('./compare.js')
const { buildContext } = require('./context.js')
const { build, js, rawJson, toJson, toSource } = require('./spec.js')
const { stopClockAt, restartClock } = require('./clock.js')
const { show } = require('./report.js')

const NOW = Date.parse('2024-03-31T12:00:00.000Z')

/** Verdicts besides a value. */
const CONTINUITY = 'unresolved: experience_continuity'
const UNSUPPORTED = 'unresolved: unsupported_definition'
const DEPENDENCY = 'unresolved: unresolved_dependency'
const MISSING = 'unresolved: missing_context'
const CRASH = 'error event'

/** An active flag. `extra` goes to the flag, except `filters`, which is merged with the conditions. */
function flag(key, groups, { filters, ...extra } = {}) {
  return { id: 1, key, active: true, filters: { groups, ...filters }, ...extra }
}

/** A condition on properties. */
const when = (properties, extra = {}) => ({ properties, ...extra })

/** A property filter. */
const property = (key, operator, value, extra = {}) => ({ key, operator, value, ...extra })

const always = [{ properties: [] }]

/** What became of every flag of an answer of posthog-node. */
function verdictsOf(answer, errors, flags) {
  const verdicts = {}
  for (const { key } of flags) {
    if (Object.hasOwn(answer.response, key)) {
      verdicts[key] = answer.response[key]
    } else if (Object.hasOwn(answer.unresolved, key)) {
      verdicts[key] = `unresolved: ${answer.unresolved[key]}`
    } else {
      verdicts[key] = errors.some((m) => m.startsWith(`Error computing flag locally: ${key}: `)) ? CRASH : 'absent'
    }
  }
  return verdicts
}

async function expectedOfOracle(testCase, call) {
  const opened = await oracle.open(toJson(testCase.definitions), testCase.evaluationContexts)
  assert.equal(opened.rejected, false, 'posthog-node rejects this document as a whole')
  const answer = await opened.evaluateAll(buildContext(call.context), call.flagKeys)
  await opened.close()
  return { ...answer, verdicts: verdictsOf(answer, opened.takeErrors(), opened.flags) }
}

/**
 * Declares a test that both sides answer these calls alike, and as expected.
 * @param {string} title
 * @param {object} definitions a document spec; `cohorts` defaults to none
 * @param {[context: object, verdicts: object, more?: { payloads?: object, fallbackToFlags?: boolean }][]} calls
 */
function agrees(title, definitions, calls, { evaluationContexts, now = NOW } = {}) {
  test(title, async (t) => {
    t.mock.method(console, 'warn', () => {})
    const document = { cohorts: {}, ...definitions }
    for (const [context, verdicts, more = {}] of calls) {
      const singles = Object.keys(verdicts).flatMap((key) => [
        { key, matchValue: undefined },
        { key, matchValue: true },
      ])
      const call = {
        context: { distinctId: 'user-1', groups: {}, personProperties: {}, groupProperties: {}, ...context },
        singles,
      }
      const testCase = { definitions: document, evaluationContexts, now, calls: [call] }
      stopClockAt(now)
      const expected = await expectedOfOracle(testCase, call).finally(restartClock)
      assert.deepEqual(expected.verdicts, verdicts, `the expectation itself, for ${toSource(context)}`)
      for (const part of Object.keys(more)) {
        assert.deepEqual(expected[part], more[part], part)
      }
      for (const contender of contenders) {
        const { difference } = await compareCase(testCase, contender)
        assert.equal(difference, undefined, `${contender.name} for ${toSource(context)}: ${show(difference)}`)
      }
    }
  })
}

/**
 * Declares a test of a table of filters: `[operator, filter value, context value, verdict]` per row, all of them flags
 * of one document evaluated for one person. A fifth column is the verdict under property_matching_version 2.
 */
function agreesOnFilters(title, rows, options = {}) {
  for (const version of [undefined, 2]) {
    const flags = rows.map(([operator, value], index) => {
      const filter = { key: `p${index}`, value, ...(operator === undefined ? {} : { operator }) }
      if (value === undefined) {
        delete filter.value
      }
      return flag(describe(rows[index], index), [when([filter])])
    })
    const personProperties = {}
    rows.forEach(([, , contextValue], index) => {
      if (contextValue !== ABSENT) {
        personProperties[`p${index}`] = contextValue
      }
    })
    const verdicts = Object.fromEntries(
      rows.map((row, index) => [describe(row, index), version === 2 && row.length > 4 ? row[4] : row[3]])
    )
    const document = version === undefined ? { flags } : { flags, property_matching_version: version }
    agrees(
      `${title} (property_matching_version ${version ?? 'absent'})`,
      document,
      [[{ personProperties }, verdicts]],
      options
    )
  }
}

const ABSENT = Symbol('the property is not there')

const describe = ([operator, value, contextValue], index) =>
  `${index}: ${contextValue === ABSENT ? 'absent' : toSource(contextValue).slice(0, 60)} ${operator} ${toSource(value).slice(0, 60)}`

/** Opens a document in ours alone, for what posthog-node cannot answer. */
function onlyOurs(title, definitions, run, { evaluationContexts } = {}) {
  for (const contender of contenders) {
    test(`${title} (${contender.name})`, async (t) => {
      t.mock.method(console, 'warn', () => {})
      const opened = await contender.open(toJson({ cohorts: {}, ...definitions }), evaluationContexts)
      const evaluateAll = (context = {}, flagKeys) =>
        opened.evaluateAll(
          buildContext({ distinctId: 'user-1', groups: {}, personProperties: {}, groupProperties: {}, ...context }),
          flagKeys
        )
      await run({ ...opened, evaluateAll }).finally(() => opened.close())
    })
  }
}

module.exports = {
  agrees,
  agreesOnFilters,
  onlyOurs,
  flag,
  when,
  property,
  always,
  ABSENT,
  build,
  js,
  rawJson,
  CONTINUITY,
  UNSUPPORTED,
  DEPENDENCY,
  MISSING,
  CRASH,
}
