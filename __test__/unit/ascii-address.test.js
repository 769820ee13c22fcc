'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { asciiAddress } = require('../../lib/requests/ascii-address')

test('an international host is written in ASCII, and ends as it ended', () => {
  assert.equal(asciiAddress('https://bücher.example'), 'https://xn--bcher-kva.example')
  assert.equal(asciiAddress('https://bücher.example/'), 'https://xn--bcher-kva.example/')
  assert.equal(asciiAddress('https://ＢÜCHER.example:8443/ingest'), 'https://xn--bcher-kva.example:8443/ingest')
  assert.equal(asciiAddress('http://b%C3%BCcher.example/batch/?ip=1'), 'http://xn--bcher-kva.example/batch/?ip=1')
})

test('a usual address, and what is none, stays as it is', () => {
  for (const address of [
    'https://EU.i.posthog.com',
    'HTTP://127.0.0.1:80/a/../b',
    'no address',
    'http://ü ü',
    '%',
    '',
  ]) {
    assert.equal(asciiAddress(address), address)
  }
})
