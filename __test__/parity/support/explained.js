'use strict'

// Holds explanations of random flags for random people against the answers of the evaluator: those of the flag itself, and those of
// definitions in which the flag has one condition alone, or one filter alone.

const assert = require('node:assert/strict')
const { randomCase } = require('../generate/case.js')
const { build, toJson } = require('./spec.js')
const { stopClockAt, restartClock } = require('./clock.js')
const { Random } = require('./random.js')
const { LocalEvaluator } = require('../../../index.js')
const { isOfJavaScript } = require('../../support/server-vectors.js')
const { lookAtContext } = require('../../../lib/evaluation/evaluation-context.js')
const { SILENT } = require('../../../lib/evaluation/silent.js')

/** Codes of which the condition that is named has to decide alone. */
const OF_A_CONDITION = ['condition_match', 'out_of_rollout_bound', 'no_condition_match']

/**
 * @param {{ seed: string, evaluations: number, probes: number, options?: object }} run `probes` is the share of evaluations whose parts are asked
 *   for alone; `options` of the evaluator, such as its semantics
 */
function checkExplanations({ seed, evaluations, probes, options }) {
  const totals = { evaluations: 0, probes: 0, codes: /** @type {Record<string, number>} */ ({}) }
  for (let index = 0; totals.evaluations < evaluations; index++) {
    const testCase = randomCase(seed, index)
    stopClockAt(testCase.now)
    try {
      checkCase(testCase, new Random(`${seed}/probes`, index), probes, totals, options)
    } catch (/** @type {any} */ error) {
      error.message = `seed ${seed}, case ${index}: ${error.message}`
      throw error
    } finally {
      restartClock()
    }
  }
  return totals
}

function checkCase(testCase, random, probes, totals, given) {
  const text = toJson(testCase.definitions)
  const options = { evaluationContexts: build(testCase.evaluationContexts), ...given }
  const evaluator = open(text, options)
  const document = asWritten(text)
  if (evaluator === undefined || document === undefined) {
    return
  }
  const keys = new Set(document.flags.map((flag) => flag?.key).filter((key) => typeof key === 'string'))
  for (const call of testCase.calls) {
    const { distinctId, ...about } = build(call.context)
    for (const key of keys) {
      const explanation = settle(() => evaluator.explain(key, distinctId, about))
      const value = settle(() => evaluator.getFeatureFlag(key, distinctId, about))
      if ('thrown' in explanation || 'thrown' in value || explanation.answer === undefined) {
        assert.equal('thrown' in explanation, 'thrown' in value, key)
        continue
      }
      totals.evaluations++
      const { reasonCode } = explanation.answer
      totals.codes[reasonCode] = (totals.codes[reasonCode] ?? 0) + 1
      const unresolved = unresolvedOf(evaluator, key, distinctId, about)
      assert.equal(explanation.answer.value, value.answer, `${key}: value`)
      assert.equal(explanation.answer.unresolvedReason, unresolved, `${key}: reason`)
      checkParts(explanation.answer, options)
      // Of several definitions of a key, evaluation contexts say which one counts.
      if (random.chance(probes) && definitionsOf(document, key).length === 1) {
        const probe = (/** @type {object} */ change) => {
          const changed = {
            ...document,
            flags: document.flags.map((flag) => (Object(flag).key === key ? { ...flag, ...change } : flag)),
          }
          totals.probes++
          return open(JSON.stringify(changed), options)?.getFeatureFlag(key, distinctId, about)
        }
        checkDecision(explanation.answer, document, probe)
        checkAlone(explanation.answer, document, probe, random, options)
      }
    }
  }
}

/** @param {any} document @param {string} key */
const definitionsOf = (document, key) => document.flags.filter((flag) => Object(flag).key === key)

/** What is said within an explanation does not contradict itself. */
function checkParts({ key, value, reasonCode, conditionIndex, conditions, holdout }, { semantics }) {
  if (value === undefined) {
    assert.ok(reasonCode === undefined || reasonCode === 'missing_dependency', `${key}: ${reasonCode} without a value`)
  } else if (semantics !== 'server') {
    // By the server's rules several reasons may be possible where the value is the same by all of them.
    assert.ok(reasonCode !== undefined, `${key}: a value without a reason`)
  }
  const named = conditions[conditionIndex]
  const isOn = reasonCode === 'condition_match'
  if (reasonCode !== undefined) {
    const isOff = value === undefined || value === false
    assert.equal(isOn || reasonCode === 'holdout_condition_value', !isOff, `${key}: ${reasonCode}`)
  }
  if (isOn) {
    assert.equal(named.matches, true, key)
    assert.ok(
      !conditions.slice(0, conditionIndex).some(({ matches }) => matches),
      `${key}: an earlier condition matches`
    )
  } else if (reasonCode === 'out_of_rollout_bound') {
    assert.equal(named.outOfRollout, true, key)
  } else if (reasonCode === 'no_condition_match') {
    assert.ok(!conditions.some(({ matches, outOfRollout }) => matches || outOfRollout), key)
  } else if (reasonCode === 'holdout_condition_value') {
    assert.deepEqual([holdout.matches, holdout.value], [true, value], key)
  }
  for (const { matches, outOfRollout, rollout, bucket, properties } of conditions) {
    // By the server's rules a condition for an empty id is out of the rollout, whatever its filters are.
    if (matches || (outOfRollout && bucket !== undefined)) {
      assert.ok(
        properties.every((property) => property.matches === true),
        key
      )
    }
    // Without anybody to bucket, no condition is looked at.
    if (bucket !== undefined && properties.some((property) => property.matches === false)) {
      assert.ok(matches === false || properties.some((property) => property.matches === undefined), key)
    }
    // At the very edge the last digits of what is told may lie on the other side.
    if (Math.abs(bucket - rollout) > 1e-9 && (matches || outOfRollout)) {
      assert.equal(matches, bucket <= rollout, `${key}: ${bucket} of ${rollout}`)
    }
  }
}

/** The condition that is named decides alone, and so does a holdout. */
function checkDecision({ key, value, reasonCode, conditionIndex }, document, probe) {
  const { filters } = definitionsOf(document, key)[0]
  if (OF_A_CONDITION.includes(reasonCode)) {
    const alone = probe({ filters: { ...filters, groups: [filters.groups[conditionIndex]] } })
    assert.deepEqual(alone, value, `${key}: alone`)
  } else if (reasonCode === 'holdout_condition_value') {
    assert.equal(probe({ filters: { ...filters, groups: [] } }), value, `${key}: the holdout alone`)
  } else if (reasonCode === 'flag_disabled') {
    assert.equal(value, false)
  }
}

/** One of the conditions, and one of its filters, comes to the same where the flag has no others. */
function checkAlone({ key, conditions }, document, probe, random, { semantics }) {
  const { filters } = definitionsOf(document, key)[0]
  if (conditions.length === 0 || !Array.isArray(filters?.groups)) {
    return
  }
  const number = random.int(conditions.length)
  const stored = filters.groups[number]
  const { aggregation_group_type_index: aggregation } = filters
  // By the server's rules a condition of which the variant cannot be told is open.
  const variants = semantics === 'server' ? { multivariate: filters.multivariate } : {}
  const alone = (/** @type {object} */ condition) => {
    const value = probe({ filters: { aggregation_group_type_index: aggregation, ...variants, groups: [condition] } })
    return value === undefined ? undefined : value !== false
  }
  if (typeof stored !== 'object' || stored === null) {
    return
  }
  const condition = conditions[number]
  const matches = alone({ ...stored, variant: null })
  if (semantics === 'server' && matches === undefined) {
    // By the server's rules what a flag depends on may leave all of it open, whatever a condition comes to.
    return
  }
  if (matches === undefined && condition.bucket === undefined) {
    // An id that has no text, such as a symbol, raises an error only when the variant is chosen.
    return
  }
  assert.equal(condition.matches, matches, `${key}: condition ${number}`)
  const properties = semantics === 'server' ? cohortsLast(stored.properties) : stored.properties
  // Without the group that a condition is for, it does not match, but of its filters nothing can be told.
  if (condition.bucket !== undefined && condition.properties.length > 0 && Array.isArray(properties)) {
    const place = random.int(condition.properties.length)
    const whole = { ...stored, variant: null, rollout_percentage: null, properties: [properties[place]] }
    assert.equal(condition.properties[place].matches, alone(whole), `${key}: filter ${place} of condition ${number}`)
  }
}

/** The filters of a condition in the order in which the server looks at them. @param {unknown} properties */
function cohortsLast(properties) {
  const isCohort = (/** @type {any} */ filter) => filter?.type === 'cohort'
  return Array.isArray(properties)
    ? [...properties.filter((filter) => !isCohort(filter)), ...properties.filter(isCohort)]
    : properties
}

/** Why a flag has no value, by the method that says nothing else. */
function unresolvedOf(evaluator, key, distinctId, about) {
  const snapshot = evaluator._snapshot()
  const { unresolved } = snapshot.evaluateAll(lookAtContext(snapshot.reads, distinctId, about), [key], SILENT)
  return Object.hasOwn(unresolved, key) ? unresolved[key] : undefined
}

function open(text, options) {
  try {
    return new LocalEvaluator(text, options)
  } catch {
    return undefined
  }
}

/** The document as an object, if writing it again changes nothing. */
function asWritten(text) {
  try {
    const document = JSON.parse(text)
    return Array.isArray(document?.flags) && isOfJavaScript(text) ? document : undefined
  } catch {
    return undefined
  }
}

function settle(run) {
  try {
    return { answer: run() }
  } catch (error) {
    return { thrown: error }
  }
}

module.exports = { checkExplanations }
