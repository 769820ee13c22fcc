'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { WaitingForFlags } = require('../../lib/client/waiting-for-flags')

test('all who wait are told the same, and wait no more', async () => {
  for (const hasFlags of [true, false]) {
    const waiting = new WaitingForFlags()
    assert.equal(waiting.isEmpty, true)
    const [one, other] = [waiting.wait(60_000), waiting.wait(60_000)]
    assert.equal(waiting.isEmpty, false)
    waiting.end(hasFlags)
    assert.equal(waiting.isEmpty, true)
    assert.deepEqual(await Promise.all([one, other]), [hasFlags, hasFlags])
  }
})

test('whoever has waited for the given time goes on without flags', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const waiting = new WaitingForFlags()
  const [short, long] = [waiting.wait(10), waiting.wait(20)]
  t.mock.timers.tick(10)
  assert.equal(await short, false)
  assert.equal(waiting.isEmpty, false)
  waiting.end(true)
  assert.equal(await long, true)
})

test('whoever has ended waiting leaves no timer', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const before = timers()
  const waiting = new WaitingForFlags()
  const one = waiting.wait(60_000)
  assert.equal(timers(), before + 1)
  waiting.end(true)
  await one
  assert.equal(timers(), before)
})
