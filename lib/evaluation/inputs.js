'use strict'

const { CodeCache, literal } = require('./code-cache.js')
const { internalize } = require('./key-table.js')
const { IS_COMPLETE } = require('./completeness.js')
const { OWN_UNDEFINED, UNREADABLE } = require('./exotic-value.js')

/**
 * What one definition reads from a call, as the native `describe()` lists it: where to look, and the names there.
 *
 * @typedef {['distinctId'] | ['complete'] | ['person', string] | ['groupKey' | 'groupGiven', string] | ['group', string, string]} Input
 */

/**
 * An input with what is known of it beforehand.
 *
 * @typedef {object} PreparedInput
 * @property {Input[0]} kind
 * @property {string} group the group type, for group inputs
 * @property {string} key the property, for inputs that are one
 * @property {boolean} [isComplete] for an input that is whether properties are complete: what it is if the call does not say
 */

/**
 * What posthog-node's client passes its poller, but for a copy of the distinct id among the person's properties.
 *
 * @typedef {object} EvaluationContext
 * @property {string} distinctId
 * @property {Record<string, any>} groups group keys by group type
 * @property {Record<string, any>} personProperties a copy inherits from Object.prototype alone
 * @property {Record<string, Record<string, any>>} groupProperties properties by group type
 * @property {boolean} [isComplete] what is not given is not there, if definitions ask for that and the call says so
 * @property {boolean} [isUncopied] the person is the caller's own object, and a copy might have other properties: the
 *   enumerable ones alone
 */

/**
 * What some inputs read of a call.
 *
 * @typedef {object} Reads
 * @property {number} person how many properties of the person are looked at
 * @property {Set<string> | undefined} groupTypes the types of the groups that are looked at, if any is
 * @property {boolean} [completeness] whether it matters that what is not given is not there
 * @property {boolean} [geoip] whether it does, and some of it is what PostHog adds from the address of the caller
 */

/**
 * Calls a native function with something of the caller's and then the inputs that a context brings, in order.
 *
 * @typedef {(native: Function, context: EvaluationContext, first: any) => any} InputCall
 */

const { hasOwnProperty: hasOwn, propertyIsEnumerable: hasEnumerable } = Object.prototype

/** The property that is the distinct id, unless a caller says otherwise. */
const DISTINCT_ID = 'distinct_id'

/** More inputs are read in a loop: generated code pays while it is small. */
const MAX_GENERATED = 64

/** More inputs are passed in a list: the arguments of a call lie on the stack, and a document may name any number. */
const MAX_ARGUMENTS = 1024

/** What generated code calls, and the object of which it asks whether anything might be inherited. */
const TOOLS = {
  every: Object.prototype,
  readCompleteness,
  readDistinctId,
  readEnumerable,
  readGroupKey,
  readGroupGiven,
  readOfGroup,
  readOwn,
  seen,
}

const generated = new CodeCache(...Object.keys(TOOLS))

/**
 * @param {Input} input
 * @returns {PreparedInput}
 */
function prepareInput([kind, ...names]) {
  const [group, key] = [names[0] ?? '', names[names.length - 1] ?? ''].map(internalize)
  return { kind, group, key }
}

/**
 * Makes the call of a native function with these inputs: `native(first, ...inputs)`, or of a great many `native(first, inputs)`.
 *
 * @param {PreparedInput[]} inputs
 * @returns {InputCall}
 */
function createCall(inputs) {
  if (inputs.length <= MAX_GENERATED) {
    const values = inputs.map(sourceOf)
    const body = `return (native, context, first) => {
      const person = context.personProperties
      const isUncopied = context.isUncopied === true
      return native(${['first', ...values].join(', ')})
    }`
    const made = generated.get(body)?.(...Object.values(TOOLS))
    if (made) {
      return made
    }
  }
  return (native, context, first) => {
    const values = inputs.map((input) => readInput(input, context))
    return callWith(native, first, values)
  }
}

/**
 * @param {PreparedInput[]} inputs
 * @returns {Reads}
 */
function readsOf(inputs) {
  const isOfPerson = (/** @type {PreparedInput} */ { kind }) => kind === 'person'
  const isOfGroup = (/** @type {PreparedInput} */ { kind }) =>
    kind === 'group' || kind === 'groupKey' || kind === 'groupGiven'
  const ofGroups = inputs.filter(isOfGroup)
  const groupTypes = ofGroups.length > 0 ? new Set(ofGroups.map(({ group }) => group)) : undefined
  const reads = { person: inputs.filter(isOfPerson).length, groupTypes }
  if (!inputs.some(({ kind }) => kind === 'complete')) {
    return reads
  }
  const geoip = inputs.some(({ kind, key }) => kind === 'person' && key.startsWith('$geoip_'))
  return { ...reads, completeness: true, geoip }
}

/**
 * @param {Function} native
 * @param {any} first
 * @param {unknown[]} values of inputs
 */
function callWith(native, first, values) {
  return Reflect.apply(native, undefined, [first].concat(values.length > MAX_ARGUMENTS ? [values] : values))
}

/**
 * To ask whether every object has something of a name takes next to no time, and the answer may change during the life of
 * a process. Where it is no, what is found needs no second look.
 *
 * @param {PreparedInput} input
 * @returns {string} an expression for its value
 */
function sourceOf({ kind, group, key, isComplete }) {
  const name = literal(key)
  switch (kind) {
    case 'distinctId':
      return 'context.distinctId'
    case 'complete':
      return `readCompleteness(context, ${isComplete === true})`
    case 'person':
      if (key === DISTINCT_ID) {
        return 'readDistinctId(person, context)'
      }
      return `isUncopied ? readEnumerable(person, ${name})
        : ${name} in every ? readOwn(person, ${name}) : seen(person[${name}], person, ${name})`
    case 'group':
      return `readOfGroup(context.groupProperties, ${literal(group)}, ${name})`
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
function readInput({ kind, group, key, isComplete }, context) {
  switch (kind) {
    case 'distinctId':
      return context.distinctId
    case 'complete':
      return readCompleteness(context, isComplete === true)
    case 'person':
      if (key === DISTINCT_ID) {
        return readDistinctId(context.personProperties, context)
      }
      return (context.isUncopied ? readEnumerable : readOwn)(context.personProperties, key)
    case 'group':
      return readOfGroup(context.groupProperties, group, key)
    case 'groupKey':
      return readGroupKey(context.groups, group)
    case 'groupGiven':
      return readGroupGiven(context.groupProperties, group)
  }
}

/**
 * Whether what a call does not give is not there.
 *
 * @param {EvaluationContext} context
 * @param {boolean} byDefault if the call does not say
 */
function readCompleteness({ isComplete, personProperties }, byDefault) {
  const said = isComplete ?? /** @type {any} */ (personProperties)?.[IS_COMPLETE]
  return typeof said === 'boolean' ? said : byDefault
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
 * The same of a property that a copy of the holder would have. Of all ways to ask whether it is enumerable this is the
 * quickest.
 *
 * @param {Record<string, any>} holder
 * @param {string} key
 */
function readEnumerable(holder, key) {
  const descriptor = Object.getOwnPropertyDescriptor(holder, key)
  if (descriptor === undefined || !descriptor.enumerable) {
    return undefined
  }
  const isPlain = descriptor.get === undefined && descriptor.set === undefined
  const value = isPlain ? descriptor.value : holder[key]
  return value === undefined ? OWN_UNDEFINED : value
}

/**
 * Reads the property that posthog-node adds to every person who does not have it.
 *
 * @param {Record<string, any>} person
 * @param {EvaluationContext} context
 */
function readDistinctId(person, { distinctId, isUncopied }) {
  const isGiven = isUncopied ? hasEnumerable : hasOwn
  const value = isGiven.call(person, DISTINCT_ID) ? person[DISTINCT_ID] : distinctId
  return value === undefined ? OWN_UNDEFINED : value
}

/**
 * What was found in a holder that inherits nothing of this name: a value of `undefined` may be there or be absent.
 *
 * @param {unknown} value
 * @param {Record<string, any>} holder
 * @param {string} key
 */
function seen(value, holder, key) {
  return value === undefined && key in holder ? OWN_UNDEFINED : value
}

/**
 * A group that cannot be read costs the caller the flags that are about it.
 *
 * @param {any} groups
 * @param {string} type
 */
function readGroupKey(groups, type) {
  if (typeof groups !== 'object' && typeof groups !== 'function') {
    return UNREADABLE
  }
  try {
    if (!(type in groups)) {
      return undefined
    }
    const key = groups[type]
    return key === undefined ? OWN_UNDEFINED : key
  } catch {
    return UNREADABLE
  }
}

/**
 * Reads a property of a group. What cannot be read here is not asked for, because the key of the group cannot be either.
 *
 * @param {Record<string, any>} groupProperties
 * @param {string} type
 * @param {string} key
 */
function readOfGroup(groupProperties, type, key) {
  try {
    return readOwn(groupProperties[type], key)
  } catch {
    return undefined
  }
}

/**
 * Whether properties of a group were given: `null` if they were and are none.
 *
 * @param {Record<string, any>} groupProperties
 * @param {string} type
 */
function readGroupGiven(groupProperties, type) {
  try {
    return type in groupProperties ? groupProperties[type] != null || null : undefined
  } catch {
    return null
  }
}

module.exports = { callWith, createCall, prepareInput, readInput, readsOf }
