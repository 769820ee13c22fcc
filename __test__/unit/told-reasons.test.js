'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { calls } = require('../../lib/evaluation/told-reasons')

test('each call is told its own reasons, however many are under way', async () => {
  const call = async (/** @type {string} */ reason) => {
    /** @type {Map<string, string>} */
    const told = new Map()
    await calls.run(told, async () => {
      await undefined
      calls.getStore()?.set('flag', reason)
    })
    return told.get('flag')
  }
  assert.deepEqual(await Promise.all(['match', 'no_match'].map(call)), ['match', 'no_match'])
})

test('outside of a call nobody is told', () => {
  assert.equal(calls.getStore(), undefined)
})
