'use strict'

const { readFileSync } = require('node:fs')
const path = require('node:path')
const { gunzipSync } = require('node:zlib')

/**
 * Answers of the code by which PostHog's server decides flags, see `tests/server/README.md`.
 *
 * @typedef {object} ServerContext a person as a request describes it
 * @property {string} distinct_id
 * @property {string} now
 * @property {string} [timezone] of the project; UTC if it is not there
 * @property {Record<string, any>} person_properties
 * @property {Record<string, any>} [groups]
 * @property {Record<string, Record<string, any>>} [group_properties]
 */

/**
 * The JSON text of one of the files. It tells `1.0` from `1`, as `JSON.parse` does not.
 *
 * @param {'flags' | 'partial' | 'examples' | 'properties'} name
 */
function serverVectors(name) {
  const file = path.join(__dirname, '../../tests/server', `${name}.json.gz`)
  return gunzipSync(readFileSync(file)).toString()
}

/**
 * The JSON texts of the items of a list, or of the fields of an object in order.
 *
 * @param {string} text of the list or the object
 * @returns {string[]}
 */
function partsOf(text) {
  /** @type {string[]} */
  const parts = []
  const isObject = text[0] === '{'
  let depth = 0
  let start = 1
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '"') {
      at = endOfText(text, at)
    } else if (character === '[' || character === '{') {
      depth++
    } else if (character === ']' || character === '}') {
      depth--
    } else if (character === ':' && isObject && depth === 1) {
      start = at + 1
    }
    if (depth === 0 || (character === ',' && depth === 1)) {
      parts.push(text.slice(start, at).trim())
      start = at + 1
    }
  }
  return parts.filter((part) => part !== '')
}

/**
 * Where the text ends that begins at a quotation mark.
 *
 * @param {string} text
 * @param {number} at
 */
function endOfText(text, at) {
  for (at++; text[at] !== '"'; at++) {
    if (text[at] === '\\') at++
  }
  return at
}

/**
 * The JSON texts of an object's fields by name.
 *
 * @param {string} text
 * @returns {Record<string, string>}
 */
function fieldsOf(text) {
  const parts = partsOf(text)
  return Object.fromEntries(Object.keys(JSON.parse(text)).map((name, index) => [name, parts[index]]))
}

/** Whether JavaScript has the same value: it has no `1.0` apart from `1`. @param {string} text */
function isOfJavaScript(text) {
  const numbers = text.replace(/"(?:[^"\\]|\\.)*"/g, '').match(/-?\d[\d.eE+-]*/g) ?? []
  return numbers.every((number) => JSON.stringify(JSON.parse(number)) === number)
}

/**
 * A call of a `LocalEvaluator` for such a person.
 *
 * @param {ServerContext} context
 * @param {boolean} propertiesAreComplete
 */
function callOf(
  { person_properties: personProperties, groups, group_properties: groupProperties },
  propertiesAreComplete
) {
  return { personProperties, groups, groupProperties, propertiesAreComplete }
}

module.exports = { callOf, fieldsOf, isOfJavaScript, partsOf, serverVectors }
