'use strict'

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
 * What posthog-node's client passes its poller.
 *
 * @typedef {object} EvaluationContext
 * @property {string} distinctId
 * @property {Record<string, any>} groups group keys by group type
 * @property {Record<string, any>} personProperties
 * @property {Record<string, Record<string, any>>} groupProperties properties by group type
 */

const hasOwn = Object.prototype.hasOwnProperty

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
 * Reads one own property. What is absent is `undefined`; what is there and `undefined` is `OWN_UNDEFINED`.
 *
 * @param {any} holder
 * @param {PreparedInput} input
 */
function readOwn(holder, input) {
  const value = holder[input.key]
  // A value is nearly always the object's own; only one that may be inherited or absent has to be looked up.
  if (value !== undefined && !input.shadows) {
    return value
  }
  if (!hasOwn.call(holder, input.key)) {
    return undefined
  }
  return value === undefined ? OWN_UNDEFINED : value
}

/**
 * Reads the inputs from a call, in order, into `values` from `offset` on. An array and a loop, for the native call takes
 * them as its arguments.
 *
 * @param {PreparedInput[]} inputs
 * @param {EvaluationContext} context
 * @param {unknown[]} values
 * @param {number} offset
 */
function readInputs(inputs, context, values, offset) {
  const { groups, personProperties, groupProperties } = context
  for (let index = 0; index < inputs.length; index++) {
    const input = inputs[index]
    let value
    switch (input.kind) {
      case 'person':
        value = readOwn(personProperties, input)
        break
      case 'distinctId':
        value = context.distinctId
        break
      case 'groupKey':
        value = readGroupKey(groups, input.group)
        break
      case 'groupGiven':
        value = input.group in groupProperties ? groupProperties[input.group] != null || null : undefined
        break
      case 'group': {
        const properties = groupProperties[input.group]
        value = properties == null ? undefined : readOwn(properties, input)
        break
      }
    }
    values[offset + index] = value
  }
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

module.exports = { prepareInput, readInputs }
