'use strict'

const assert = require('node:assert/strict')
const { subscribe, unsubscribe } = require('node:diagnostics_channel')
const { test } = require('node:test')

const { NATIVE, flag } = require('../support/observe')
const { openWorld, recordConsole } = require('../unit/support/world')

/**
 * What is published on a channel until the test is over.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} name
 * @returns {any[]}
 */
function recordChannel(t, name) {
  /** @type {any[]} */
  const messages = []
  const listener = (/** @type {any} */ message) => void messages.push(message)
  subscribe(`posthog-node-native:${name}`, listener)
  t.after(() => unsubscribe(`posthog-node-native:${name}`, listener))
  return messages
}

test('each load is published with its outcome and with what it changed', async (t) => {
  const document = JSON.stringify({ flags: [flag('a')] })
  const { server, open } = await openWorld(t)
  server.setDefinitions(document, { etag: '"1"' })
  const loads = recordChannel(t, 'load')
  const client = open(NATIVE)
  client.on('error', () => {})
  await client.reloadFeatureFlags()
  await client.reloadFeatureFlags()
  server.script({ status: 500 })
  await client.reloadFeatureFlags()
  server.setDefinitions({ flags: [flag('b')] })
  await client.reloadFeatureFlags()
  const messages = loads.filter((message) => message.client === client)
  const none = { cause: undefined, changes: undefined }
  assert.deepEqual(
    messages.map(({ client: _, ...message }) => message),
    [
      { outcome: 'changed', source: 'network', flags: 1, bytes: document.length, ...none },
      { outcome: 'unchanged', source: 'network', flags: 1, bytes: 0, ...none },
      { outcome: 'failed', source: 'network', flags: 1, bytes: 0, ...none, cause: 'HTTP status 500' },
      {
        outcome: 'changed',
        source: 'network',
        flags: 1,
        bytes: document.length,
        ...none,
        changes: { added: ['b'], removed: ['a'], changed: [] },
      },
    ]
  )
})

for (const engine of ['native', 'javascript']) {
  test(`errors and flags without a value are published by the engine ${engine}`, async (t) => {
    recordConsole(t, 'warn')
    const sticky = flag('sticky', { ensure_experience_continuity: true })
    const { server, open } = await openWorld(t, { flags: [flag('on'), sticky] })
    const errors = recordChannel(t, 'error')
    const unresolved = recordChannel(t, 'unresolved')
    const client = open(NATIVE, { native: { engine } })
    /** @type {Error[]} */
    const raised = []
    client.on('error', (/** @type {Error} */ error) => raised.push(error))
    await client.reloadFeatureFlags()
    server.script({ status: 401 })
    await client.reloadFeatureFlags()
    await client.getFeatureFlag('on', 'kari')
    await client.getFeatureFlag('sticky', 'kari')
    await client.evaluateFlags('kari')
    const reason = 'experience_continuity'
    assert.deepEqual(unresolved, [
      { client, key: 'sticky', reason },
      { client, key: 'sticky', reason },
    ])
    assert.deepEqual(
      errors.map(({ error }) => error),
      raised
    )
    assert.equal(raised.length, 1)
  })
}
