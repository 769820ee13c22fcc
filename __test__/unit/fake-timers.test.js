'use strict'

const assert = require('node:assert/strict')
const { mock, test } = require('node:test')

const { install } = require('@sinonjs/fake-timers')
const { areTimersFake } = require('../../lib/client/fake-timers')

test("timers of @sinonjs/fake-timers are fake, which are also jest's, vitest's and sinon's", (t) => {
  assert.equal(areTimersFake(), false)
  const clock = install()
  t.after(() => clock.uninstall())
  assert.equal(areTimersFake(), true)
  clock.uninstall()
  assert.equal(areTimersFake(), false)
})

test('one fake timer is enough, a fake date is not', (t) => {
  for (const [name, expected] of /** @type {const} */ ([
    ['setTimeout', true],
    ['setInterval', true],
    ['Date', false],
    ['setImmediate', false],
  ])) {
    const clock = install({ toFake: [name] })
    t.after(() => clock.uninstall())
    assert.equal(areTimersFake(), expected, name)
    clock.uninstall()
  }
})

test('timers of node:test are fake until they are reset', (t) => {
  t.after(() => mock.timers.reset())
  mock.timers.enable({ apis: ['setInterval'] })
  assert.equal(areTimersFake(), true)
  mock.timers.reset()
  assert.equal(areTimersFake(), false)
})

test("timers of jest's older kind are fake", (t) => {
  const { setTimeout } = globalThis
  t.after(() => Object.assign(globalThis, { setTimeout }))
  Object.assign(globalThis, { setTimeout: Object.assign(() => {}, { _isMockFunction: true }) })
  assert.equal(areTimersFake(), true)
})

test('timers that are wrapped, bound or missing are not fake', (t) => {
  const { setTimeout } = globalThis
  t.after(() => Object.assign(globalThis, { setTimeout }))
  for (const other of [
    (/** @type {[any]} */ ...args) => setTimeout(...args),
    setTimeout.bind(globalThis),
    Object.defineProperty(() => {}, 'name', { value: 'unbound #timer' }),
    new Proxy(setTimeout, {}),
    undefined,
  ]) {
    Object.assign(globalThis, { setTimeout: other })
    assert.equal(areTimersFake(), false)
  }
})
