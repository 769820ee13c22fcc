'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { ErrorReports } = require('../../lib/client/error-reports')
const { recordConsole } = require('./support/world')

const KEYS = {
  projectApiKey: 'phc_project_key',
  personalApiKey: 'phx_personal_key',
  host: 'https://user:password@host.test',
}
const MEGABYTE = 1024 * 1024

/** @param {(error: Error) => void} [onError] */
function reportsOf(onError) {
  /** @type {Error[]} */
  const errors = []
  return { reports: new ErrorReports({ ...KEYS, onError: onError ?? ((error) => void errors.push(error)) }), errors }
}

test('errors are raised without the keys and the credentials of the host', () => {
  const { reports, errors } = reportsOf()
  reports.error('phc_project_key and phx_personal_key')
  reports.clientError('at user:password')
  reports.raise(Object.assign(new TypeError('password'), { cause: new Error('phx_personal_key') }))
  const texts = errors.map(({ name, message }) => `${name}: ${message}`)
  assert.ok(!/phc_project_key|phx_personal_key|password/.test(texts.join()), texts.join())
  assert.deepEqual(
    errors.map(({ name }) => name),
    ['Error', 'ClientError', 'TypeError']
  )
  assert.match(texts[0], /^Error: .+ and /)
  assert.equal(reports.redact('no key'), 'no key')
  assert.ok(!reports.redact('phx_personal_key').includes('personal'))
})

test('a client without a personal key hides the others', () => {
  const reports = new ErrorReports({ ...KEYS, personalApiKey: undefined, onError: () => {} })
  assert.ok(!reports.redact('phc_project_key').includes('project_key'))
})

test('what a listener throws is traced while debugging, and else goes nowhere', (t) => {
  const lines = recordConsole(t, 'debug')
  const { reports } = reportsOf(() => {
    throw new Error('a listener with phc_project_key')
  })
  reports.error('first')
  assert.deepEqual(lines, [])
  reports.debugging = true
  reports.error('second')
  assert.equal(lines.length, 1)
  assert.match(lines[0], /^\[FEATURE FLAGS\] A listener of the error event failed: Error: a listener with /)
  assert.ok(!lines[0].includes('phc_project_key'))
})

test('a panic is told once in the life of a client', () => {
  const [one, other] = [reportsOf(), reportsOf()]
  for (const { reports } of [one, one, other]) {
    reports.panic(new Error('It panicked at a.rs:1'))
  }
  for (const { errors } of [one, other]) {
    assert.deepEqual(
      errors.map(({ message }) => message),
      ['It panicked at a.rs:1. The flags of that call are left to the server.']
    )
  }
})

test('a body that is JSON without flags is quoted, and of any other the report is told', () => {
  const long = (/** @type {number} */ length) => JSON.stringify({ a: 'x'.repeat(length - '{"a":""}'.length) })
  const quoted = (/** @type {string} */ body) => `Invalid response when getting feature flags: ${body}`
  for (const [body, expected] of [
    ['{"detail":"no"}', quoted('{"detail":"no"}')],
    ['{ "a" : [1] }', quoted('{"a":[1]}')],
    ['[]', quoted('[]')],
    // As posthog-node, which takes the body for an empty object then.
    ['null', quoted('{}')],
    ['{"flags":5}', 'the report'],
    ['{"flags":[]}', 'the report'],
    ['5', 'the report'],
    ['"text"', 'the report'],
    ['no JSON', 'the report'],
    ['', 'the report'],
    [long(MEGABYTE), quoted(long(MEGABYTE))],
    [long(MEGABYTE + 1), 'the report'],
  ]) {
    for (const report of ['the report', undefined]) {
      const { reports, errors } = reportsOf()
      reports.invalidBody(Buffer.from(body), 'why', report)
      const told = expected === 'the report' && report === undefined ? [] : [expected]
      assert.deepEqual(
        errors.map(({ message }) => message),
        told,
        body.slice(0, 80)
      )
    }
  }
})

test('why a body is none of definitions is traced while debugging', (t) => {
  const lines = recordConsole(t, 'debug')
  const { reports } = reportsOf()
  reports.invalidBody(Buffer.from('5'), 'why phc_project_key')
  reports.debugging = true
  reports.invalidBody(Buffer.from('5'), 'why phc_project_key')
  assert.equal(lines.length, 1)
  assert.match(lines[0], /^\[FEATURE FLAGS\] Failed to load feature flags: why /)
  assert.ok(!lines[0].includes('phc_project_key'))
})

test('an evaluation reports errors as events, and debugs as it is told', () => {
  const { reports, errors } = reportsOf()
  /** @type {string[]} */
  const lines = []
  const quiet = reports.createReporter((line) => void lines.push(line))
  assert.equal(quiet.debugging, false)
  reports.debugging = true
  const { error, debug, debugging } = reports.createReporter((line) => void lines.push(line))
  assert.equal(debugging, true)
  error(new Error('of phx_personal_key'))
  debug('a line')
  assert.deepEqual(lines, ['a line'])
  assert.equal(errors.length, 1)
  assert.ok(!errors[0].message.includes('phx_personal_key'))
})
