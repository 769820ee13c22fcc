'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { tellReasons } = require('../../lib/client/reasons')
const { calls } = require('../../lib/evaluation/told-reasons')

const LOCALLY = 'Evaluated locally'

/**
 * A client that has been told reasons by its evaluations, as the snapshot tells them.
 *
 * @param {any} answers what its methods give
 * @param {Record<string, string>} [told] the reasons
 */
function clientWith(answers, told = {}) {
  /** @type {any[]} */
  const captured = []
  const evaluate = async (/** @type {any} */ answer) => {
    await undefined
    Object.entries(told).forEach(([key, reason]) => calls.getStore()?.set(key, reason))
    return answer
  }
  const client = {
    captured,
    args: /** @type {any[]} */ ([]),
    async _getFeatureFlagResult(/** @type {any[]} */ ...args) {
      client.args = args
      const result = await evaluate(answers.result)
      if (answers.capture) client._captureFlagCalledEventIfNeeded(answers.capture)
      return result
    },
    _captureFlagCalledEventIfNeeded(/** @type {any} */ params) {
      assert.equal(this, client)
      captured.push(params)
    },
    async evaluateFlags(/** @type {any[]} */ ...args) {
      client.args = args
      return evaluate(answers.evaluations)
    },
    ...answers.members,
  }
  tellReasons(client)
  return client
}

test('a result that was evaluated locally has the reason code of its flag, in a copy', async () => {
  const result = { key: 'f', enabled: true, reason: LOCALLY }
  const client = clientWith({ result }, { f: 'condition_match', g: 'flag_disabled' })
  assert.deepEqual(await client._getFeatureFlagResult('f', 'kari', 1), { ...result, reasonCode: 'condition_match' })
  assert.deepEqual(client.args, ['f', 'kari', 1])
  assert.equal('reasonCode' in result, false)
})

test('other results stay as they are: of the server, of a flag that nothing was told of, and none', async () => {
  for (const result of [
    { key: 'f', reason: 'Matched condition set 1' },
    { key: 'other', reason: LOCALLY },
    undefined,
  ]) {
    const client = clientWith({ result }, { f: 'condition_match' })
    assert.equal(await client._getFeatureFlagResult('f', 'kari'), result)
  }
})

test('an event of a flag that was evaluated locally has the reason code in place of what posthog-node says', async () => {
  const properties = { $feature_flag_reason: LOCALLY, locally_evaluated: true }
  const capture = { key: 'f', properties, distinctId: 'kari' }
  const client = clientWith({ capture }, { f: 'condition_match' })
  await client._getFeatureFlagResult('f', 'kari')
  assert.deepEqual(client.captured, [
    { ...capture, properties: { ...properties, $feature_flag_reason: 'condition_match' } },
  ])
  assert.equal(properties.$feature_flag_reason, LOCALLY)
})

test('an event of the server, of another flag, or outside of a call stays as it is', async () => {
  for (const capture of [
    { key: 'f', properties: { $feature_flag_reason: 'Matched condition set 1' } },
    { key: 'other', properties: { $feature_flag_reason: LOCALLY } },
    { key: 'other', properties: {} },
  ]) {
    const client = clientWith({ capture }, { f: 'condition_match' })
    await client._getFeatureFlagResult('f', 'kari')
    assert.equal(client.captured[0], capture)
  }
  const client = clientWith({})
  const capture = { key: 'f', properties: { $feature_flag_reason: LOCALLY } }
  client._captureFlagCalledEventIfNeeded(capture)
  assert.equal(client.captured[0], capture)
})

test('records of evaluated flags have the reason code, but for those of the server and those that are overridden', async () => {
  const records = {
    f: { reason: LOCALLY },
    remote: { reason: 'Matched condition set 1' },
    overridden: { reason: LOCALLY },
    untold: { reason: LOCALLY },
  }
  const evaluations = { _flags: records }
  const client = clientWith(
    { evaluations, members: { _flagOverrides: { overridden: true } } },
    { f: 'flag_disabled', remote: 'condition_match', overridden: 'condition_match', gone: 'condition_match' }
  )
  assert.equal(await client.evaluateFlags('kari', { flagKeys: ['f'] }), evaluations)
  assert.deepEqual(client.args, ['kari', { flagKeys: ['f'] }])
  assert.deepEqual(records, {
    f: { reason: 'flag_disabled', reasonCode: 'flag_disabled' },
    remote: { reason: 'Matched condition set 1' },
    overridden: { reason: LOCALLY },
    untold: { reason: LOCALLY },
  })
})

test('evaluations of another form, and none, are handed on', async () => {
  for (const evaluations of [undefined, {}, { _flags: {} }]) {
    const client = clientWith({ evaluations }, { f: 'condition_match' })
    assert.equal(await client.evaluateFlags('kari'), evaluations)
  }
})

test('a method that a client lacks stays missing, and the others are not enumerable', () => {
  const client = clientWith({ members: { evaluateFlags: undefined } })
  assert.equal(client.evaluateFlags, undefined)
  class Base {
    evaluateFlags() {}
  }
  const other = new Base()
  tellReasons(other)
  assert.deepEqual([Object.keys(other), Object.hasOwn(other, 'evaluateFlags')], [[], true])
})
