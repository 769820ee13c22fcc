'use strict'

// A case as a file of `cases/`: JSON, so that it is read by people and outlives the generators. What JSON cannot say is
// an object with one field: `{ "$js": "new Map()" }` is an expression, `{ "$json": "1e400" }` a piece of JSON text.

const { createHash } = require('node:crypto')
const { mkdirSync, readFileSync, writeFileSync } = require('node:fs')
const path = require('node:path')
const { Js, RawJson, js, rawJson, setOwn, toSource } = require('./spec.js')

function encode(spec) {
  if (spec instanceof RawJson) {
    return { $json: spec.text }
  }
  if (Array.isArray(spec)) {
    return spec.map(encode)
  }
  if (typeof spec === 'object' && spec !== null && !(spec instanceof Js)) {
    const object = {}
    for (const key of Object.keys(spec)) {
      setOwn(object, key, encode(spec[key]))
    }
    return object
  }
  return isJson(spec) ? spec : { $js: toSource(spec) }
}

const isJson = (value) =>
  value === null ||
  typeof value === 'string' ||
  typeof value === 'boolean' ||
  (Number.isFinite(value) && !Object.is(value, -0))

function decode(value) {
  if (Array.isArray(value)) {
    return value.map(decode)
  }
  if (typeof value !== 'object' || value === null) {
    return value
  }
  if (typeof value.$js === 'string') {
    return js(value.$js)
  }
  if (typeof value.$json === 'string') {
    return rawJson(value.$json)
  }
  const object = {}
  for (const key of Object.keys(value)) {
    setOwn(object, key, decode(value[key]))
  }
  return object
}

/** A field that is left out of the file where it is undefined. */
const unlessUndefined = (spec) => (toSource(spec) === 'undefined' ? undefined : encode(spec))

/** A short name that tells what the case is about and does not collide. */
function nameOf(testCase, text) {
  const operators = JSON.stringify(encode(testCase.definitions)).matchAll(/"operator":"(\w+)"/g)
  const about = [...new Set([...operators].map(([, operator]) => operator))].slice(0, 3)
  const digest = createHash('sha1').update(text).digest('hex').slice(0, 6)
  return `${[...about, digest].join('-')}.json`
}

/**
 * Writes a shrunk case.
 * @param {string} folder
 * @param {{ testCase: object, about: string, found: string, timeZone: string }} found
 * @returns {string} the path of the file
 */
function writeCase(folder, { testCase, about, found, timeZone }) {
  const { definitions, source, evaluationContexts, now, calls } = testCase
  const content = {
    about,
    found,
    timeZone,
    now: new Date(now).toISOString(),
    source: source === 'network' ? source : undefined,
    evaluationContexts: unlessUndefined(evaluationContexts),
    definitions: encode(definitions),
    calls: calls.map(({ context, flagKeys, singles }) => ({
      context: encode(context),
      flagKeys: unlessUndefined(flagKeys),
      singles: singles.map(({ key, matchValue }) => ({ key, matchValue: unlessUndefined(matchValue) })),
    })),
  }
  const text = `${JSON.stringify(content, null, 2)}\n`
  mkdirSync(folder, { recursive: true })
  const file = path.join(folder, nameOf(testCase, text))
  writeFileSync(file, text)
  return file
}

/**
 * @param {string} file
 * @returns {{ about: string, timeZone: string, testCase: object }}
 */
function readCase(file) {
  const { about, timeZone, now, source, evaluationContexts, definitions, calls } = JSON.parse(
    readFileSync(file, 'utf8')
  )
  return {
    about,
    timeZone,
    testCase: {
      definitions: decode(definitions),
      source,
      evaluationContexts: decode(evaluationContexts),
      now: Date.parse(now),
      calls: calls.map(decode),
    },
  }
}

module.exports = { writeCase, readCase }
