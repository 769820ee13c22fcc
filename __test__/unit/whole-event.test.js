'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { wholeEvent } = require('../../lib/client/whole-event')

test('the id of an event comes last, under its new name, and the event given stays as it is', () => {
  const event = { distinctId: 'a', event: 'b', properties: { one: 1 } }
  assert.deepEqual(Object.entries(wholeEvent(event)), [
    ['event', 'b'],
    ['properties', { one: 1 }],
    ['timestamp', undefined],
    ['uuid', undefined],
    ['distinct_id', 'a'],
  ])
  assert.deepEqual(Object.keys(event), ['distinctId', 'event', 'properties'])
})

test('members that are there already keep their place', () => {
  const event = { distinct_id: 'other', uuid: 'u', distinctId: 7, timestamp: 't', event: 'b' }
  assert.equal(JSON.stringify(wholeEvent(event)), '{"distinct_id":7,"event":"b"}')
  assert.deepEqual(Object.keys(wholeEvent(event)), ['distinct_id', 'uuid', 'timestamp', 'event'])
})
