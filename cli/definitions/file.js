'use strict'

const { readFileSync } = require('node:fs')
const path = require('node:path')

const { describeError } = require('../../lib/errors/describe-error.js')
const { mismatch } = require('../../lib/errors/mismatch.js')
const { UsageError, misused } = require('../usage.js')

/**
 * A flag definitions document: what PostHog's `/flags/definitions` answers, or what a cache provider stores.
 *
 * @typedef {{ flags: any[], cohorts?: any, group_type_mapping?: any, groupTypeMapping?: any, [field: string]: any }} Document
 */

/**
 * @param {string} file
 * @param {string} cwd
 * @returns {Document}
 * @throws {UsageError} if there is none
 */
function readDefinitions(file, cwd) {
  let text
  try {
    text = readFileSync(path.resolve(cwd, file), 'utf8')
  } catch (error) {
    throw misused('a file of flag definitions', `'${file}': ${messageOf(error)}`)
  }
  try {
    return toDocument(JSON.parse(text.replace(/^\uFEFF/, '')))
  } catch (error) {
    throw new UsageError(`'${file}' does not contain flag definitions: ${messageOf(error)}`)
  }
}

/**
 * @param {any} value
 * @returns {Document}
 * @throws {TypeError}
 */
function toDocument(value) {
  if (typeof value !== 'object' || value === null || !Array.isArray(value.flags)) {
    throw new TypeError(
      mismatch("an object with a list 'flags', as PostHog's /flags/definitions answers,", describeInstead(value))
    )
  }
  return value
}

/** @param {any} value */
function describeInstead(value) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return kindOf(value)
  }
  if (Object.hasOwn(value, 'flags')) {
    return `an object whose 'flags' is ${kindOf(value.flags)}`
  }
  return `an object with the fields ${Object.keys(value).slice(0, 8).join(', ') || 'none'}`
}

/** @param {unknown} value */
function kindOf(value) {
  if (value === null || value === undefined) {
    return String(value)
  }
  if (Array.isArray(value)) {
    return 'a list'
  }
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/**
 * What an error says, whatever was thrown and however it is made.
 *
 * @param {unknown} error
 * @returns {string}
 */
function messageOf(error) {
  try {
    const message = error instanceof Error ? error.message : error
    return typeof message === 'string' && message !== '' ? message : describeError(error)
  } catch {
    return 'an error that does not say what it is'
  }
}

module.exports = { messageOf, readDefinitions, toDocument }
