'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { FlagReports } = require('../../lib/evaluation/flag-reports')
const { ENDLESS, PANICKED, THROWN } = require('../../lib/evaluation/result-codes')

/** The code of `missing_context`. */
const MISSING_CONTEXT = 0xfffc

/** @param {boolean} [debugging] */
function listen(debugging = false) {
  /** @type {string[]} */
  const heard = []
  const reporter = {
    error: (/** @type {Error} */ { message }) => void heard.push(`error: ${message}`),
    debug: (/** @type {string} */ message) => void heard.push(`debug: ${message}`),
    debugging,
  }
  const reports = new FlagReports()
  const tell = (/** @type {string} */ key, /** @type {any} */ end) =>
    reports.tell(/** @type {any} */ ({ key }), end, reporter)
  return { heard, tell }
}

test('an endless evaluation is told once of each flag', () => {
  const { heard, tell } = listen()
  for (const key of ['a', 'a', 'b', 'a']) tell(key, { code: ENDLESS, message: 'endless' })
  assert.deepEqual(heard, [
    'error: Error computing flag locally: a: endless',
    'error: Error computing flag locally: b: endless',
  ])
})

test('an endless evaluation and what was thrown are told apart, of the same flag', () => {
  const { heard, tell } = listen()
  tell('a', { code: THROWN, message: 'no' })
  tell('a', { code: ENDLESS, message: 'endless' })
  tell('a', { code: THROWN, message: 'no' })
  assert.deepEqual(heard, [
    'error: Error computing flag locally: a: no',
    'error: Error computing flag locally: a: endless',
    'error: Error computing flag locally: a: no',
  ])
})

test('what was thrown is told each time, unless it has no message', () => {
  const { heard, tell } = listen()
  tell('a', { code: THROWN, message: 'no' })
  tell('a', { code: THROWN, message: '' })
  tell('a', { code: THROWN, message: 'no' })
  assert.deepEqual(heard, Array(2).fill('error: Error computing flag locally: a: no'))
})

test('why a flag has no value is a debug line while debugging, but for a panic, which is told elsewhere', () => {
  const [quiet, loud] = [listen(), listen(true)]
  for (const { tell } of [quiet, loud]) {
    tell('a', MISSING_CONTEXT)
    tell('a', PANICKED)
  }
  assert.deepEqual(quiet.heard, [])
  assert.deepEqual(loud.heard, [
    'debug: InconclusiveMatchError when computing flag locally: a: ' +
      'The call lacks a property, a group or a device id that its definition needs',
  ])
})
