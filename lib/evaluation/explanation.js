'use strict'

const { OWN_UNDEFINED, UNREADABLE } = require('./exotic-value.js')
const { LAST_VALUE, reasonOf } = require('./result-codes.js')

/**
 * @typedef {import('./result-codes.js').UnresolvedReason} UnresolvedReason
 *
 * @typedef {object} Part a part of a definition as the native evaluator tells of it, see src/evaluate/report.rs
 * @property {'flag' | 'condition' | 'property' | 'cohort' | 'dependency' | 'broken' | 'group'} kind
 * @property {number} [count] how many parts it consists of; those of each part follow those of the part before it
 * @property {string} [key]
 * @property {number} [code]
 * @property {string} [reasonCode]
 * @property {number} [conditionIndex]
 * @property {{ exclusion: number, code?: number, bucket?: number, matches?: boolean }} [holdout]
 * @property {boolean} [isTold] what it consists of stands at another place
 * @property {boolean} [matches]
 * @property {boolean} [outOfRollout]
 * @property {number} [rollout]
 * @property {number} [bucket]
 * @property {number} [variant] its code
 * @property {number} [slot]
 * @property {string | null} [operator]
 * @property {any} [value]
 * @property {boolean} [negation]
 * @property {string} [type]
 *
 * @typedef {object} Call
 * @property {(key: string) => import('./flag-record.js').FlagRecord | undefined} recordOf
 * @property {import('./inputs.js').PreparedInput[]} inputs by slot
 * @property {Map<number, unknown>} values that were read, by slot
 * @property {any} groupProperties of the call
 */

/** By kind of a part, under which name it holds the parts that it consists of. @type {Partial<Record<Part['kind'], string>>} */
const CONTENTS = { flag: 'conditions', condition: 'properties', dependency: 'dependencies', group: 'values' }

/**
 * What somebody who wants to understand a flag is told.
 *
 * @param {string} told by the native evaluator, as JSON
 * @param {import('./flag-record.js').FlagRecord} record of the flag
 * @param {Call} call
 */
function readExplanation(told, record, call) {
  const { isWhole, parts } = JSON.parse(told)
  const { code } = parts[0]
  const hasValue = code <= LAST_VALUE
  return {
    value: hasValue ? record.valueAt(code) : undefined,
    payload: hasValue && code > 0 ? record.payloadAt(code)?.fresh() : undefined,
    unresolvedReason: hasValue ? undefined : reasonOf(code),
    isWhole,
    flag: readParts(parts, call),
  }
}

/**
 * The same of a flag that could not be evaluated at all.
 *
 * @param {UnresolvedReason | undefined} unresolvedReason
 * @returns {ReturnType<typeof readExplanation>}
 */
function nothingTold(unresolvedReason) {
  return { value: undefined, payload: undefined, unresolvedReason, isWhole: true, flag: { conditions: [] } }
}

/**
 * What the native evaluator tells of a flag, as objects within each other. Nothing here calls itself: a definition may be of any
 * depth.
 *
 * @param {Part[]} parts
 * @param {Call} call
 * @returns {any} the flag
 */
function readParts(parts, call) {
  const read = parts.map(() => /** @type {any} */ (undefined))
  const records = parts.map(() => /** @type {any} */ (undefined))
  let next = 1
  const first = parts.map(({ count = 0 }) => (next += count) - count)
  parts.forEach((part, place) => {
    const record = part.kind === 'flag' ? call.recordOf(String(part.key)) : records[place]
    read[place] = readPart(part, record, call)
    records.fill(record, first[place], first[place] + (part.count ?? 0))
  })
  parts.forEach((part, place) => {
    const { kind, count = 0, isTold } = part
    const contents = read.slice(first[place], first[place] + count)
    const name = CONTENTS[kind]
    if (kind === 'cohort') {
      read[place].cohort = contents[0]
    } else if (name !== undefined) {
      read[place][name] = isTold ? undefined : contents
      if (kind === 'dependency') {
        read[place].given = contents.find(({ key }) => key === part.key)?.value
      }
    }
  })
  return read[0]
}

/**
 * @param {Part} part
 * @param {import('./flag-record.js').FlagRecord | undefined} record of the flag that it belongs to
 * @param {Call} call
 * @returns {any}
 */
function readPart(part, record, { inputs, values, groupProperties }) {
  const { kind, key, operator, value, matches } = part
  const negation = part.negation ? { negation: true } : undefined
  switch (kind) {
    case 'flag':
      return readFlag(part, record)
    case 'condition': {
      const { outOfRollout = false, rollout, bucket, variant } = part
      return { matches, outOfRollout, rollout, bucket, variant: valueAt(record, variant), properties: [] }
    }
    case 'property': {
      const slot = Number(part.slot)
      if (!(slot in inputs)) {
        return { key, operator: operator || 'exact', value, given: undefined, matches }
      }
      const { kind: holder, group, key: name } = inputs[slot]
      const isOfGroup = holder !== 'person'
      const given = isOfGroup && !hasOwn(groupProperties, group) ? undefined : givenOf(values.get(slot))
      const ofGroup = isOfGroup ? { group } : undefined
      return { key: key ?? name, operator: operator || 'exact', value, given, matches, ...negation, ...ofGroup }
    }
    case 'cohort':
      return { type: 'cohort', key, operator: operator || 'in', value, given: undefined, matches, ...negation }
    case 'dependency':
      return {
        type: 'flag',
        key,
        operator: operator || 'flag_evaluates_to',
        value,
        given: undefined,
        matches,
        ...negation,
        dependencies: [],
      }
    case 'group':
      return { type: part.type, matches, values: [] }
    default:
      return { key: undefined, operator: undefined, value: undefined, given: undefined, matches }
  }
}

/**
 * @param {Part} part
 * @param {import('./flag-record.js').FlagRecord | undefined} record
 */
function readFlag({ key, code = LAST_VALUE + 1, reasonCode, conditionIndex, holdout }, record) {
  const hasValue = code <= LAST_VALUE
  return {
    key,
    value: hasValue ? valueAt(record, code) : undefined,
    unresolvedReason: hasValue ? undefined : reasonOf(code),
    reasonCode,
    conditionIndex,
    holdout: holdout && {
      value: valueAt(record, holdout.code),
      exclusion: holdout.exclusion,
      bucket: holdout.bucket,
      matches: holdout.matches,
    },
    conditions: [],
  }
}

/**
 * @param {import('./flag-record.js').FlagRecord | undefined} record
 * @param {number | undefined} code
 */
function valueAt(record, code) {
  return code === undefined ? undefined : record?.valueAt(code)
}

/** @param {unknown} value as an input was read */
function givenOf(value) {
  return value === OWN_UNDEFINED || value === UNREADABLE ? undefined : value
}

/**
 * @param {any} holder
 * @param {string} name
 */
function hasOwn(holder, name) {
  try {
    return Object.hasOwn(holder, name)
  } catch {
    return false
  }
}

module.exports = { nothingTold, readExplanation }
