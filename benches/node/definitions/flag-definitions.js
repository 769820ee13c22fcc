'use strict'

const mixed = require('./mixed-definitions.js')

/** Definitions of one flag of each kind, and of many plain ones. The person asked about is that of the mix. */

/** What is asked of each flag of {@link kindsDocument}, by its key. */
const KINDS = {
  everyone: 'boolean, 100 %',
  'half-rollout': '50 % rollout',
  variants: '3 variants, 2 conditions',
  cohort: 'cohort of 3 levels',
  dependency: 'depends on 3 flags',
  regex: 'regex condition',
  gate: '50 % rollout, 1 condition',
}

/** A document with one flag of each kind, and the flags that one of them depends on. */
function kindsDocument() {
  const conditions = {
    everyone: [condition([], 100)],
    'half-rollout': [condition([], 50)],
    variants: [
      condition([property('country', 'US'), property('seats', 5, 'gt')], 100),
      condition([property('plan', ['pro'])], 100),
    ],
    cohort: [condition([property('id', 3, 'in', 'cohort')], 100)],
    dependency: [condition(['base-1', 'base-2', 'base-3'].map(dependency), 100)],
    regex: [condition([property('username', '^[a-z]+-[0-9]+$', 'regex')], 50)],
    gate: [gateCondition()],
    'base-1': [condition([], 90)],
    'base-2': [condition([property('plan', 'pro')], 90)],
    'base-3': [condition([], 90)],
  }
  const variants = [34, 33, 33].map((rollout_percentage, index) => ({ key: `variant-${index}`, rollout_percentage }))
  return document(
    Object.entries(conditions).map(([key, groups], index) =>
      flag(index, key, key === 'variants' ? { groups, multivariate: { variants } } : { groups })
    )
  )
}

/**
 * A document of rollouts without conditions, each of half of the people.
 *
 * @param {number} count
 */
function rolloutsDocument(count) {
  const flags = Array.from({ length: count }, (_, index) =>
    flag(index, `flag-${index}`, { groups: [condition([], 50)] })
  )
  return document(flags)
}

/**
 * A document of gates as other products have them too: half of those on a plan.
 *
 * @param {number} count
 */
function gatesDocument(count) {
  return document(
    Array.from({ length: count }, (_, index) => flag(index, `gate-${index}`, { groups: [gateCondition()] }))
  )
}

function gateCondition() {
  return condition([property('plan', ['enterprise', 'pro'])], 50)
}

/** @param {object[]} flags */
function document(flags) {
  return { ...mixed.mixedDefinitions(0), flags }
}

/**
 * @param {number} index
 * @param {string} key
 * @param {object} filters
 */
function flag(index, key, filters) {
  return { id: index + 1, key, name: '', active: true, deleted: false, ensure_experience_continuity: false, filters }
}

/**
 * @param {object[]} properties
 * @param {number} rollout_percentage
 */
function condition(properties, rollout_percentage) {
  return { properties, rollout_percentage }
}

/**
 * @param {string} key
 * @param {unknown} value
 * @param {string} [operator]
 * @param {string} [type]
 */
function property(key, value, operator = 'exact', type = 'person') {
  return { key, value, operator, type }
}

/** @param {string} key */
function dependency(key) {
  return { ...property(key, true, 'flag_evaluates_to', 'flag'), dependency_chain: [key] }
}

/** The person of the mix in 16 shapes: the same properties in other orders and with others beside them. */
const shapes = Array.from({ length: 16 }, (_, index) => {
  const entries = Object.entries(mixed.about.personProperties)
  const turned = [...entries.slice(index % entries.length), ...entries.slice(0, index % entries.length)]
  return Object.fromEntries([...turned, [`extra_${index}`, index]])
})

module.exports = { KINDS, gatesDocument, kindsDocument, rolloutsDocument, shapes }
