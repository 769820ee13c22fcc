'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { IdlingPoller } = require('../../lib/client/idling-poller')
const { FeatureFlagsPoller } = require('../../lib/client/feature-flags-poller')
const { makeRecorder } = require('./support/recorder')

/**
 * A poller of which the test sees what becomes of its loader and of its watch.
 *
 * @param {import('node:test').TestContext} t
 * @param {unknown} [idleAfterMs]
 */
function pollerWith(t, idleAfterMs = 4_000_000) {
  const { calls, record } = makeRecorder()
  const poller = /** @type {any} */ (
    new IdlingPoller(
      /** @type {any} */ ({
        native: { idleAfterMs, bootstrap: { flags: [] } },
        pollingInterval: null,
        host: 'http://x',
      })
    )
  )
  t.after(() => poller._idle.end())
  t.mock.method(poller._loader, 'rest', record('rest', undefined))
  t.mock.method(poller._loader, 'wake', record('wake', undefined))
  return { poller, calls, record }
}

test('a poller rests and wakes by its loader, after the time of the option', (t) => {
  const { poller, calls } = pollerWith(t, '4000')
  assert.equal(poller._idle._delay, 1000)
  poller._idle._polling.rest()
  poller._idle._polling.wake()
  assert.deepEqual(calls, [['rest'], ['wake']])
})

test('each way to evaluate is noted before it is answered as by every poller', (t) => {
  const { poller, calls, record } = pollerWith(t)
  const snapshot = { of: 'a test' }
  t.mock.getter(FeatureFlagsPoller.prototype, 'snapshot', record('snapshot', snapshot))
  t.mock.method(FeatureFlagsPoller.prototype, 'computeFlagAndPayloadLocally', record('compute', 'one'))
  t.mock.method(FeatureFlagsPoller.prototype, 'getAllFlagsAndPayloads', record('all', 'all'))
  t.mock.method(poller._idle, 'note', record('note', undefined))
  assert.equal(poller.snapshot, snapshot)
  assert.equal(poller.computeFlagAndPayloadLocally('flag', 'context', 'options'), 'one')
  assert.equal(poller.getAllFlagsAndPayloads('context', ['flag']), 'all')
  assert.deepEqual(calls, [
    ['note'],
    ['snapshot'],
    ['note'],
    ['compute', 'flag', 'context', 'options'],
    ['note'],
    ['all', 'context', ['flag']],
  ])
})

test('a poller that is stopped watches no more, and stops as every poller', (t) => {
  const { poller, calls, record } = pollerWith(t)
  t.mock.method(FeatureFlagsPoller.prototype, 'stopPoller', record('stop', 'stopped'))
  t.mock.method(poller._idle, 'end', record('end', undefined))
  assert.equal(poller.stopPoller(500), 'stopped')
  assert.deepEqual(calls, [['end'], ['stop', 500]])
})
