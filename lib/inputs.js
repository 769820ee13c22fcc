'use strict'

const { OWN_UNDEFINED, UNREADABLE } = require('./exotic-value.js')

/**
 * What one definition reads from a call, as the native `describe()` lists it: where to look, and the names there.
 *
 * @typedef {['distinctId'] | ['person', string] | ['groupKey' | 'groupGiven', string] | ['group', string, string]} Input
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
 * Reads one own property. What is absent is `undefined`; what is there and `undefined` is `OWN_UNDEFINED`.
 *
 * @param {any} holder
 * @param {string} key
 */
function readOwn(holder, key) {
  const value = holder[key]
  // Nearly every value is an own property; only those that may come from Object.prototype have to be looked up.
  if (value !== undefined && !(key in Object.prototype)) {
    return value
  }
  if (!hasOwn.call(holder, key)) {
    return undefined
  }
  return value === undefined ? OWN_UNDEFINED : value
}

/**
 * Reads the inputs from a call, in order, into `values` from `offset` on. An array and a loop, for the native call takes
 * them as its arguments.
 *
 * @param {Input[]} inputs
 * @param {EvaluationContext} context
 * @param {unknown[]} values
 * @param {number} offset
 */
function readInputs(inputs, context, values, offset) {
  const { groups, personProperties, groupProperties } = context
  for (let index = 0; index < inputs.length; index++) {
    const input = inputs[index]
    let value
    switch (input[0]) {
      case 'person':
        value = readOwn(personProperties, input[1])
        break
      case 'distinctId':
        value = context.distinctId
        break
      case 'groupKey':
        value = readGroupKey(groups, input[1])
        break
      case 'groupGiven':
        value = input[1] in groupProperties ? groupProperties[input[1]] != null || null : undefined
        break
      case 'group': {
        const properties = groupProperties[input[1]]
        value = properties == null ? undefined : readOwn(properties, input[2])
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

module.exports = { readInputs }
