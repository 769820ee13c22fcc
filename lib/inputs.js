'use strict'

const { CodeCache, literal } = require('./code-cache.js')
const { OWN_UNDEFINED, UNREADABLE } = require('./exotic-value.js')

/**
 * What one definition reads from a call, as the native `describe()` lists it: where to look, and the names there.
 *
 * @typedef {['distinctId'] | ['person', string] | ['groupKey' | 'groupGiven', string] | ['group', string, string]} Input
 */

/**
 * An input with what is known of it beforehand.
 *
 * @typedef {object} PreparedInput
 * @property {Input[0]} kind
 * @property {string} group the group type, for group inputs
 * @property {string} key the property, for inputs that are one
 * @property {boolean} shadows whether every object has something of that name, inherited from Object.prototype
 */

/**
 * What posthog-node's client passes its poller, but for a copy of the distinct id among the person's properties.
 *
 * @typedef {object} EvaluationContext
 * @property {string} distinctId
 * @property {Record<string, any>} groups group keys by group type
 * @property {Record<string, any>} personProperties inherits from Object.prototype alone, or from nothing
 * @property {Record<string, Record<string, any>>} groupProperties properties by group type
 */

/**
 * Calls a native function with something of the caller's and then the inputs that a context brings, in order.
 *
 * @typedef {(native: Function, context: EvaluationContext, first: any) => any} InputCall
 */

const hasOwn = Object.prototype.hasOwnProperty

/** The property that is the distinct id, unless a caller says otherwise. */
const DISTINCT_ID = 'distinct_id'

/** More inputs are read in a loop: generated code pays while it is small. */
const MAX_GENERATED = 64

const generated = new CodeCache('readAbsent', 'readDistinctId', 'readGroupKey', 'readGroupGiven', 'readOwn')

/**
 * @param {Input} input
 * @returns {PreparedInput}
 */
function prepareInput([kind, ...names]) {
  const [group, key] = [names[0] ?? '', names[names.length - 1] ?? ''].map(internalize)
  return { kind, group, key, shadows: key in Object.prototype }
}

/**
 * The same text as a string that V8 has made a property key of before. Looking something up by any other string is
 * several times slower, and those that JSON.parse makes of values are such.
 *
 * @param {string} text
 */
function internalize(text) {
  return Object.keys({ [text]: 0 })[0]
}

/**
 * Makes the call of a native function with these inputs.
 *
 * @param {PreparedInput[]} inputs
 * @returns {InputCall}
 */
function createCall(inputs) {
  if (inputs.length <= MAX_GENERATED) {
    const values = inputs.map(sourceOf)
    const body = `return (native, context, first) => {
      const person = context.personProperties
      return native(${['first', ...values].join(', ')})
    }`
    const made = generated.get(body)?.(readAbsent, readDistinctId, readGroupKey, readGroupGiven, readOwn)
    if (made) {
      return made
    }
  }
  return (native, context, first) => {
    const values = new Array(1 + inputs.length)
    values[0] = first
    for (let index = 0; index < inputs.length; index++) {
      values[1 + index] = readInput(inputs[index], context)
    }
    return native.apply(undefined, values)
  }
}

/**
 * @param {PreparedInput} input
 * @returns {string} an expression for its value
 */
function sourceOf({ kind, group, key, shadows }) {
  switch (kind) {
    case 'distinctId':
      return 'context.distinctId'
    case 'person':
      if (key === DISTINCT_ID) {
        return 'readDistinctId(person, context.distinctId)'
      }
      return shadows
        ? `readOwn(person, ${literal(key)})`
        : `person[${literal(key)}] ?? readAbsent(person, ${literal(key)})`
    case 'group':
      return `readOwn(context.groupProperties[${literal(group)}], ${literal(key)})`
    case 'groupKey':
      return `readGroupKey(context.groups, ${literal(group)})`
    case 'groupGiven':
      return `readGroupGiven(context.groupProperties, ${literal(group)})`
  }
}

/**
 * @param {PreparedInput} input
 * @param {EvaluationContext} context
 * @returns {unknown}
 */
function readInput({ kind, group, key }, context) {
  switch (kind) {
    case 'distinctId':
      return context.distinctId
    case 'person':
      return key === DISTINCT_ID
        ? readDistinctId(context.personProperties, context.distinctId)
        : readOwn(context.personProperties, key)
    case 'group':
      return readOwn(context.groupProperties[group], key)
    case 'groupKey':
      return readGroupKey(context.groups, group)
    case 'groupGiven':
      return readGroupGiven(context.groupProperties, group)
  }
}

/**
 * Reads one own property. What is absent is `undefined`; what is there and `undefined` is `OWN_UNDEFINED`.
 *
 * @param {any} holder nothing has no properties
 * @param {string} key
 */
function readOwn(holder, key) {
  if (holder == null || !hasOwn.call(holder, key)) {
    return undefined
  }
  const value = holder[key]
  return value === undefined ? OWN_UNDEFINED : value
}

/**
 * Reads the property that posthog-node adds to every person who does not have it.
 *
 * @param {Record<string, any>} person
 * @param {any} distinctId
 */
function readDistinctId(person, distinctId) {
  if (hasOwn.call(person, DISTINCT_ID)) {
    return readOwn(person, DISTINCT_ID)
  }
  return distinctId === undefined ? OWN_UNDEFINED : distinctId
}

/**
 * Reads a property again that was found to be null or undefined.
 *
 * @param {Record<string, any>} holder
 * @param {string} key one that Object.prototype has not
 */
function readAbsent(holder, key) {
  return key in holder ? readOwn(holder, key) : undefined
}

/**
 * @param {any} groups
 * @param {string} type
 */
function readGroupKey(groups, type) {
  if (typeof groups !== 'object' && typeof groups !== 'function') {
    return UNREADABLE
  }
  if (!(type in groups)) {
    return undefined
  }
  const key = groups[type]
  return key === undefined ? OWN_UNDEFINED : key
}

/**
 * Whether properties of a group were given: `null` if they were and are none.
 *
 * @param {Record<string, any>} groupProperties
 * @param {string} type
 */
function readGroupGiven(groupProperties, type) {
  return type in groupProperties ? groupProperties[type] != null || null : undefined
}

module.exports = { createCall, prepareInput, readInput }
