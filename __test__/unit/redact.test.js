'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { createRedactor, credentialsOf, redactError } = require('../../lib/errors/redact')

/** A key in which each form of it differs from the others. */
const KEY = 'phs_"a b"/c\\d+é'

test('a key is taken out as it is, as part of an address and as part of JSON, however often it is there', () => {
  const redact = createRedactor([KEY])
  const forms = [KEY, encodeURIComponent(KEY), JSON.stringify(KEY).slice(1, -1)]
  assert.equal(new Set(forms).size, 3)
  for (const form of forms) {
    assert.equal(redact(`at ${form}, and again ${form}.`), 'at [redacted], and again [redacted].')
  }
  assert.equal(redact(forms.join(' ')), '[redacted] [redacted] [redacted]')
  assert.equal(redact('nothing to hide'), 'nothing to hide')
})

test('all keys are taken out of one text', () => {
  assert.equal(createRedactor(['phc_project', 'phs_secret'])('phs_secret of phc_project'), '[redacted] of [redacted]')
})

test('what is too short for a key, or no text, is left alone', () => {
  const redact = createRedactor(['1234567', undefined, null, 12345678, ''])
  assert.equal(redact('1234567 undefined null 12345678'), '1234567 undefined null 12345678')
  assert.equal(createRedactor(['12345678'])('a 12345678'), 'a [redacted]')
})

test('a key with half of a character, which no address can hold, is taken out all the same', () => {
  const redact = createRedactor(['phs_\ud800_half'])
  assert.equal(redact('phs_\ud800_half and phs_\\ud800_half'), '[redacted] and [redacted]')
})

test('an error keeps its name, and is the same one if there is nothing to hide', () => {
  const redact = createRedactor([KEY])
  const harmless = new RangeError('harmless')
  assert.equal(redactError(harmless, redact), harmless)
  const error = Object.assign(new Error(`no ${KEY}`), { name: 'ClientError' })
  const redacted = redactError(error, redact)
  assert.deepEqual([redacted.name, redacted.message], ['ClientError', 'no [redacted]'])
  assert.ok(!redacted.stack?.includes(KEY))
  assert.equal(error.message, `no ${KEY}`)
})

test('the user and the password of an address are found, together and each', () => {
  const found = ['kari:geheim', 'kari', 'geheim']
  for (const address of [
    'https://kari:geheim@host/x',
    'HTTPS://kari:geheim@host',
    '//kari:geheim@host',
    'http:\\\\kari:geheim@host',
  ]) {
    assert.deepEqual(credentialsOf(address), found, address)
  }
  assert.deepEqual(credentialsOf('svn+ssh-2.x://kari@host'), ['kari', 'kari'])
  assert.deepEqual(credentialsOf('https://kari:a@b@host'), ['kari:a@b', 'kari', 'a@b'])
  for (const address of ['https://host', 'https://host/a@b', 'https://host?a@b', 'https://host#a@b', '']) {
    assert.deepEqual(credentialsOf(address), [], address)
  }
})
