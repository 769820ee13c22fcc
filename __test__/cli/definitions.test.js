'use strict'

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')

const { LocalEvaluator } = require('../../index.js')
const { OPERATORS, Obstacles } = require('../../cli/definitions/obstacles.js')
const { summarize } = require('../../cli/definitions/summary.js')
const { flagFor } = require('../support/flags.js')

/** @param {string} operator */
function valueFor(operator) {
  return operator.startsWith('semver_') ? '1.2.0' : operator.startsWith('is_date_') ? '2024-01-01' : '5'
}

describe('what keeps a flag from being decided locally', () => {
  it('is no operator that the evaluator knows, and any other', () => {
    const decides = (/** @type {string} */ operator) => {
      const value = valueFor(operator)
      const flags = [flagFor([{ key: 'p', type: 'person', operator, value }])]
      const answer = new LocalEvaluator({ flags }).getFeatureFlag('f', 'kari', { personProperties: { p: value } })
      return typeof answer === 'boolean'
    }
    for (const operator of OPERATORS) {
      assert.ok(decides(operator), operator)
    }
    for (const operator of ['between', 'icontains_multi', 'is_date_exact', 'semver_ne', 'min']) {
      assert.ok(!OPERATORS.includes(operator) && !decides(operator), operator)
    }
  })

  it('is found in cohorts within cohorts, and circles end', () => {
    const cohort = (/** @type {any[]} */ ...values) => ({ type: 'AND', values })
    const inCohort = (/** @type {any} */ value) => ({ key: 'id', type: 'cohort', operator: 'in', value })
    const cohorts = { 1: cohort(cohort(inCohort(2))), 2: cohort(inCohort(1), inCohort(9)) }
    const obstacles = new Obstacles({ flags: [flagFor([inCohort(1)])], cohorts })
    assert.deepEqual(obstacles.of('f').length, 1)
    assert.match(obstacles.of('f')[0], /the cohort 9, which is static or missing/)
  })

  it('is never guessed for a flag that is decided', () => {
    const { undecided, byDistinctId } = summarize({ flags: [flagFor([]), flagFor([], { key: 'g', active: false })] })
    assert.deepEqual([undecided, byDistinctId], [[], 2])
  })

  it('survives definitions of any form', () => {
    const odd = [null, 5, { key: 'a' }, { key: 'b', filters: { groups: [null] } }, { key: 'c', filters: { groups: 5 } }]
    const obstacles = new Obstacles(/** @type {any} */ ({ flags: odd, cohorts: null }))
    assert.deepEqual(
      ['a', 'b', 'c', 'd'].map((key) => obstacles.of(key)),
      [[], [], [], []]
    )
  })
})
