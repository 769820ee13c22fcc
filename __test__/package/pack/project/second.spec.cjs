'use strict'

// Another file of the same jest process: jest loads the package anew for it, and the addon a second time.
const { LocalEvaluator } = require('posthog-node-native')
const definitions = require('./definitions.json')

/* global expect, jest, test */

test('flags are evaluated without a client', () => {
  jest.useFakeTimers()
  const evaluator = new LocalEvaluator(definitions)
  const flags = evaluator.getAllFlags('user-17', { personProperties: { plan: 'pro' } })
  expect(flags).toEqual(JSON.parse(process.env.EXPECTED_FLAGS))
})
