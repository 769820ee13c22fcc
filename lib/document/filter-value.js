'use strict'

const { describeError } = require('../errors/describe-error')
const { Unreadable, comparedValue, exactValue, isObject, listOf, primitiveValue, truthValue } = require('./plain-text')

/** What flags and cohorts have in common: filters, and that a part of them may be unreadable. */

/**
 * A flag or a cohort that cannot be read has this field, with the reason. Everything else about it then says that only
 * the server knows, so that an evaluator which does not know the field does no harm.
 */
const UNREADABLE = '\ufdd0unreadable'

/** Why something is not taken whole that has fields which JSON has not. */
const NO_JSON = 'expected plain data with all its fields but received what has another meaning as JSON'

/**
 * The names that flags and cohorts refer to. They are collected because some containers cannot list what they hold.
 *
 * @typedef {object} Names
 * @property {Set<string>} cohorts
 * @property {Set<string>} groupTypes
 * @property {any} groupTypeMapping
 */

/**
 * What a function returns, or something else if it throws.
 *
 * @template T
 * @param {() => T} read
 * @param {T} [otherwise]
 */
function attempt(read, otherwise) {
  try {
    return read()
  } catch {
    return otherwise
  }
}

/** Why something cannot be read. @param {unknown} error */
function reasonOf(error) {
  return error instanceof Unreadable
    ? error.message
    : `expected plain data but reading it failed: ${describeError(error)}`
}

/**
 * @param {any} filter
 * @param {Names} names
 */
function filterValue(filter, names) {
  return isObject(filter) ? filterFields(filter, names) : primitiveValue(filter)
}

/**
 * @param {any} filter
 * @param {Names} names
 */
function filterFields(filter, names) {
  const { type, value } = filter
  const valueValue = exactValue(value, 'value')
  if (type === 'cohort') {
    const id = attempt(() => `${value}`)
    if (id !== undefined) {
      names.cohorts.add(id)
    }
  }
  const { key, operator, negation, dependency_chain: chain } = filter
  return {
    key: exactValue(key, 'key'),
    type: comparedValue(type, 'type'),
    value: valueValue,
    operator: exactValue(operator, 'operator'),
    negation: truthValue(negation, 'negation'),
    dependency_chain: chain === undefined ? undefined : chainValue(chain),
  }
}

/** @param {unknown} chain */
function chainValue(chain) {
  return Array.isArray(chain)
    ? listOf(chain, 'dependency_chain', (link) => {
        if (link === undefined) {
          throw new Unreadable('dependency_chain', 'undefined inside it')
        }
        return exactValue(link, 'dependency_chain')
      })
    : 0
}

module.exports = { NO_JSON, UNREADABLE, attempt, filterFields, filterValue, reasonOf }
