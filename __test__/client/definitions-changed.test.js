'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { NATIVE, flag } = require('../support/observe')
const { testClient } = require('../../testing')
const { openWorld, recordConsole } = require('../unit/support/world')

/** @param {number} percentage */
function rollout(percentage) {
  return { filters: { groups: [{ properties: [], rollout_percentage: percentage }] } }
}

/** @param {any} client @returns {any[]} what it says of changes from now on */
function recordChanges(client) {
  /** @type {any[]} */
  const changes = []
  client.on('definitionsChanged', (/** @type {any} */ each) => changes.push(each))
  return changes
}

test('a load that changes flags is told with their keys, the first one and those that change none are not', async (t) => {
  const { server, open } = await openWorld(t)
  const client = open(NATIVE)
  const changes = recordChanges(client)
  const load = async (/** @type {any[]} */ flags, /** @type {object} */ more = {}) => {
    server.setDefinitions({ flags, ...more })
    await client.reloadFeatureFlags()
    return changes.splice(0)
  }
  const [a, b, c] = [flag('a'), flag('b', rollout(10)), flag('c')]
  assert.deepEqual(await load([a, b, c]), [])
  assert.deepEqual(await load([a, b, c]), [])
  assert.deepEqual(await load([{ ...c, id: 77 }, { ...a, name: 'renamed' }, b]), [])
  assert.deepEqual(await load([a, flag('b', rollout(11)), flag('d')]), [
    { added: ['d'], removed: ['c'], changed: ['b'] },
  ])
  server.script({ status: 500 })
  client.on('error', () => {})
  assert.deepEqual(await load([]), [])
  assert.deepEqual(await load([]), [{ added: [], removed: ['a', 'b', 'd'], changed: [] }])
  assert.deepEqual(await load([a]), [{ added: ['a'], removed: [], changed: [] }])
})

test('an edited cohort or dependency changes each flag that reads it, and renaming it changes none', async (t) => {
  const { server, open } = await openWorld(t)
  const client = open(NATIVE)
  const changes = recordChanges(client)
  const document = (/** @type {string} */ id, /** @type {string} */ plan) => ({
    flags: [
      flag('member', { filters: { groups: [{ properties: [{ key: 'id', type: 'cohort', value: id }] }] } }),
      flag('reader', {
        filters: {
          groups: [{ properties: [{ key: 'member', type: 'flag', value: true, dependency_chain: ['member'] }] }],
        },
      }),
      flag('other'),
    ],
    cohorts: { [id]: { type: 'OR', values: [{ key: 'plan', type: 'person', operator: 'exact', value: plan }] } },
  })
  const load = async (/** @type {any} */ definitions) => {
    server.setDefinitions(definitions)
    await client.reloadFeatureFlags()
    return changes.splice(0)
  }
  await load(document('1', 'pro'))
  assert.deepEqual(await load(document('2', 'pro')), [])
  assert.deepEqual(await load(document('2', 'team')), [{ added: [], removed: [], changed: ['member', 'reader'] }])
})

test('flags that the quota takes away are told as removed, and as added when they come back', async (t) => {
  recordConsole(t, 'warn')
  const { server, open } = await openWorld(t, { flags: [flag('a'), flag('b')] })
  const client = open(NATIVE)
  await client.reloadFeatureFlags()
  const changes = recordChanges(client)
  server.script({ status: 402 }, { status: 402 })
  await client.reloadFeatureFlags()
  await client.reloadFeatureFlags()
  await client.reloadFeatureFlags()
  assert.deepEqual(changes, [
    { added: [], removed: ['a', 'b'], changed: [] },
    { added: ['a', 'b'], removed: [], changed: [] },
  ])
})

test('who listens late is told of the next change, evaluates by the new definitions, and may fail', async (t) => {
  const { server, open } = await openWorld(t, { flags: [flag('a', rollout(0))] })
  const client = open(NATIVE)
  await client.reloadFeatureFlags()
  /** @type {any[]} */
  const seen = []
  client.on('definitionsChanged', () => {
    seen.push(client.localEvaluator.getFeatureFlag('a', 'kari'))
    throw new Error('of a listener')
  })
  server.setDefinitions({ flags: [flag('a')] })
  await client.reloadFeatureFlags()
  assert.deepEqual(seen, [true])
  assert.equal(client.localEvaluationStatus().loads.changed, 2)
  assert.equal('lastError' in client.localEvaluationStatus(), false)
})

test('a definition that replaces what the client started from is a change', async (t) => {
  const { open } = await openWorld(t, { flags: [flag('a'), flag('b')] })
  const client = open(NATIVE, { native: { bootstrap: { flags: [flag('a')] } } })
  const changes = recordChanges(client)
  await client.reloadFeatureFlags()
  assert.deepEqual(changes, [{ added: ['b'], removed: [], changed: [] }])
})

test('flags that a test sets are told of', async () => {
  const client = testClient({ a: true, b: 'one' })
  const changes = recordChanges(client)
  await client.setFlags({ a: true, b: 'two', c: { payload: { x: 1 } } })
  await client.setFlags({ a: true, b: 'two', c: { payload: { x: 2 } } })
  assert.deepEqual(changes, [
    { added: ['c'], removed: [], changed: ['b'] },
    { added: [], removed: [], changed: ['c'] },
  ])
})
