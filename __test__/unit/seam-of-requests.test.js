'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const posthogNode = /** @type {any} */ (require('posthog-node'))
const { CALL_METHODS, REQUEST_METHODS, findRequestProblems } = require('../../lib/client/seam')

test('the methods that are looked for', () => {
  assert.deepEqual(CALL_METHODS, ['_getFeatureFlagResult', 'getAllFlagsAndPayloads'])
  assert.deepEqual(REQUEST_METHODS, ['fetch', 'compressPayload'])
})

test('nothing is wrong with requests of posthog-node as it is installed', () => {
  assert.deepEqual(findRequestProblems(posthogNode.PostHog), [])
})

test('requests are made by methods that are there and called', () => {
  const problem = (/** @type {string} */ name) => `PostHog makes no requests by its method ${name}`
  const Client = new Function(
    'return class { fetch() { this.compressPayload() } compressPayload() { this.fetch() } }'
  )()
  assert.deepEqual(findRequestProblems(Client), [])
  const Silent = new Function('return class { fetch() { this.compressPayload() } compressPayload() {} }')()
  assert.deepEqual(findRequestProblems(Silent), [problem('fetch')])
  const Less = new Function('return class { fetch() { this.compressPayload(); this.fetch() } }')()
  assert.deepEqual(findRequestProblems(Less), [problem('compressPayload')])
  assert.deepEqual(findRequestProblems({}), REQUEST_METHODS.map(problem))
  // What is no class has no source that could be read.
  assert.deepEqual(findRequestProblems({ prototype: { fetch() {}, compressPayload() {} } }), [])
})
