'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { takeCompleteness } = require('../../lib/client/call-options')
const { IS_COMPLETE } = require('../../lib/evaluation/completeness')

class Client {
  /** @param {any[]} args */
  _getFeatureFlagResult(...args) {
    return args
  }

  /** @param {any[]} args */
  getAllFlagsAndPayloads(...args) {
    return args
  }
}

test('what a call says of its properties goes with the person, whichever place the options have', () => {
  const client = /** @type {any} */ (new Client())
  takeCompleteness(client)
  assert.deepEqual(Object.keys(client), [])
  const options = { personProperties: { plan: 'pro' }, propertiesAreComplete: true }
  const taken = client._getFeatureFlagResult('key', 'somebody', options, 'variant')
  assert.deepEqual([taken[0], taken[1], taken[3]], ['key', 'somebody', 'variant'])
  for (const each of [
    taken[2],
    client.getAllFlagsAndPayloads('somebody', options)[1],
    client.getAllFlagsAndPayloads(options)[0],
  ]) {
    assert.equal(each.personProperties[IS_COMPLETE], true)
    assert.equal(each.personProperties.plan, 'pro')
  }
  assert.deepEqual(options, { personProperties: { plan: 'pro' }, propertiesAreComplete: true })
})

test('a call that does not say is handed on as it is', () => {
  const client = /** @type {any} */ (new Client())
  takeCompleteness(client)
  const options = { personProperties: {} }
  assert.equal(client.getAllFlagsAndPayloads('somebody', options)[1], options)
  assert.equal(client._getFeatureFlagResult('key', 'somebody', options)[2], options)
})

test('the method of a class that extends the client is called, and a method that is missing stays so', () => {
  class Own extends Client {
    getAllFlagsAndPayloads() {
      return /** @type {any} */ ('own')
    }
  }
  const client = /** @type {any} */ (new Own())
  client._getFeatureFlagResult = undefined
  takeCompleteness(client)
  assert.equal(client.getAllFlagsAndPayloads('somebody'), 'own')
  assert.equal(client._getFeatureFlagResult, undefined)
})
