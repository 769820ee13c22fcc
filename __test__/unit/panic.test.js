'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { isPanic, warnOfPanic } = require('../../lib/errors/panic')
const { recordConsole } = require('./support/world')

const panic = Object.assign(new Error('the evaluator panicked at x.rs:1'), { code: 'ERR_POSTHOG_NATIVE_PANIC' })
const other = Object.assign(new Error('kari@example.com'), { code: 'ERR_OTHER' })

test('a panic is told from whatever else may be thrown', () => {
  assert.equal(isPanic(panic), true)
  for (const error of [other, new Error('x'), undefined, null, 'ERR_POSTHOG_NATIVE_PANIC']) {
    assert.equal(isPanic(error), false)
  }
})

test('a process is warned once', (t) => {
  const warnings = recordConsole(t, 'warn')
  warnOfPanic(panic)
  warnOfPanic(other)
  assert.deepEqual(warnings, [`[PostHog] ${panic.message}. The flags of that call have no value.`])
})
