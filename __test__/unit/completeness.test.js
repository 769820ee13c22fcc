'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { IS_COMPLETE, withCompleteness } = require('../../lib/evaluation/completeness')

test('options that say nothing of the properties are passed on as they are', () => {
  for (const options of [undefined, null, 'kari', {}, { personProperties: { plan: 'pro' }, groups: {} }]) {
    assert.equal(withCompleteness(options, {}), options)
  }
})

test('what they say goes with the person, in no request', () => {
  for (const propertiesAreComplete of [true, false, null]) {
    for (const personProperties of [undefined, null, {}, { plan: 'pro' }]) {
      const options = { personProperties, propertiesAreComplete, onlyEvaluateLocally: true }
      const passed = withCompleteness(options, {})
      assert.deepEqual({ ...passed, personProperties }, options)
      assert.equal(/** @type {any} */ ({ ...passed.personProperties })[IS_COMPLETE], propertiesAreComplete)
      assert.equal(JSON.stringify(passed.personProperties), JSON.stringify({ ...personProperties }))
      assert.equal(Object(personProperties)[IS_COMPLETE], undefined)
    }
  }
})
