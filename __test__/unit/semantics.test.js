'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { readSemantics } = require('../../lib/evaluation/semantics')

test('the semantics are those of posthog-node unless others are chosen', () => {
  const usual = { semantics: 'posthog-node', timezone: undefined, propertiesAreComplete: false }
  assert.deepEqual(readSemantics({}), usual)
  assert.deepEqual(
    readSemantics({ semantics: undefined, timezone: undefined, propertiesAreComplete: undefined }),
    usual
  )
  assert.deepEqual(readSemantics({ semantics: 'server' }), { ...usual, semantics: 'server' })
  const all = { semantics: 'server', timezone: 'Europe/Berlin', propertiesAreComplete: true }
  assert.deepEqual(readSemantics(all), all)
})

test('a time zone is known in any case, and keeps its name', () => {
  for (const [given, read] of [
    ['europe/berlin', 'Europe/Berlin'],
    ['EUROPE/KIEV', 'Europe/Kiev'],
    ['Asia/Kolkata', 'Asia/Kolkata'],
    ['US/Eastern', 'US/Eastern'],
    ['UTC', 'UTC'],
  ]) {
    assert.equal(readSemantics({ semantics: 'server', timezone: given }).timezone, read)
  }
})

test('what is of the wrong kind is refused by its name', () => {
  for (const timezone of ['', 'Mars/Olympus', '+02:00', '-0200', 'Europe', 5, null, {}, Symbol('UTC')]) {
    assert.throws(() => readSemantics({ semantics: 'server', timezone }), {
      name: 'TypeError',
      message:
        /^Expected timezone to be the IANA name of the project's time zone, such as 'Europe\/Berlin' but received/,
    })
  }
  assert.throws(() => readSemantics({ semantics: 'other' }, 'native.'), {
    message: "Expected native.semantics to be 'posthog-node' or 'server' but received 'other' of type string",
  })
})

test('what only the semantics of the server look at is refused without them', () => {
  for (const [given, name] of /** @type {[any, string][]} */ ([
    [{ timezone: 'UTC' }, 'timezone'],
    [{ semantics: 'posthog-node', timezone: 'UTC', propertiesAreComplete: true }, 'timezone'],
    [{ propertiesAreComplete: true }, 'propertiesAreComplete'],
  ])) {
    assert.throws(() => readSemantics(given), {
      name: 'TypeError',
      message:
        `Expected semantics: 'server' with ${name} but received semantics of posthog-node; ` +
        `add semantics: 'server' or leave ${name} out, for posthog-node's semantics do not look at it`,
    })
  }
  assert.equal(readSemantics({ propertiesAreComplete: false }).propertiesAreComplete, false)
})
