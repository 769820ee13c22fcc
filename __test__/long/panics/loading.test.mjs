// A panic of the background thread, on the way to JavaScript, or where nobody waits: nothing that was loaded is lost.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { describe, it } from 'node:test'

import { CACHED, DEFINITIONS, KARI, cacheOf, open, prepareWorld, using, world } from '../support/panics.mjs'

const require = createRequire(import.meta.url)
const { flag } = require('../../support/flags.js')

prepareWorld()

describe('a panic of the background thread', () => {
  it('while loading is one error event; what is held stays, and the next poll loads', async () => {
    world.server.setDefinitions(DEFINITIONS, { etag: '"1"' })
    const { client, errors } = await open(world.panicking.PostHog)
    await using([client], async () => {
      world.server.setDefinitions({ flags: [flag('plan', { active: false })] }, { etag: '"2"' })
      world.panicking.panicAt('load')
      await client.reloadFeatureFlags()
      assert.equal(await client.getFeatureFlag('plan', 'kari', KARI), true)
      assert.equal(errors.length, 1)
      assert.match(errors[0], /^posthog-node-native failed at src\/panics\.rs:\d+ while loading flag definitions/)
      await client.reloadFeatureFlags()
      assert.equal(await client.getFeatureFlag('plan', 'kari', KARI), false)
      assert.equal(errors.length, 1)
    })
  })

  it('between two loads is an error event, and polling goes on', async () => {
    const { client, errors } = await open(world.panicking.PostHog, { featureFlagsPollingInterval: 100 })
    await using([client], async () => {
      world.panicking.panicAt('poll')
      const requests = world.server.definitionRequests.length
      await world.server.definitionRequest(requests + 3)
      assert.equal(errors.length, 1)
      assert.match(errors[0], /^posthog-node-native failed at src\/panics\.rs:\d+ while polling/)
    })
  })

  it('on the way to JavaScript is an error event for what was lost, and the load is made up for', async () => {
    const { client, errors } = await open(world.panicking.PostHog)
    await using([client], async () => {
      // A load that a cache provider has no part in hands over the definitions, tells of them and of its end.
      world.server.setDefinitions({ flags: [flag('plan', { active: false })] })
      world.panicking.panicAt('handover')
      world.panicking.panicAt('command', 2)
      await client.reloadFeatureFlags()
      assert.equal(world.panicking.panicsLeft('handover'), 0)
      assert.equal(world.panicking.panicsLeft('command'), 0)
      assert.equal(errors.length, 3)
      assert.match(errors[0], /^posthog-node-native failed at src\/panics\.rs:\d+ while handing over what it loaded/)
      await client.reloadFeatureFlags()
      assert.equal(await client.getFeatureFlag('plan', 'kari', KARI), false)
    })
  })

  for (const place of ['handover', 'overview']) {
    it(`at the ${place} loses no definitions that the server or a provider would only confirm`, async () => {
      const document = { ...CACHED, flags: [flag('plan', { active: false })] }
      const sources = [
        { change: () => world.server.setDefinitions(document, { etag: '"2"' }), options: {} },
        { change: () => (cached = document), options: { flagDefinitionCacheProvider: cacheOf(() => cached) } },
      ]
      let cached = CACHED
      world.server.setDefinitions(DEFINITIONS, { etag: '"1"' })
      for (const { change, options } of sources) {
        const { client, errors } = await open(world.panicking.PostHog, options)
        /** @type {number[]} */
        const loads = []
        client.on('localEvaluationFlagsLoaded', (count) => loads.push(count))
        await using([client], async () => {
          change()
          world.panicking.panicAt(place)
          await client.reloadFeatureFlags()
          assert.equal(world.panicking.panicsLeft(place), 0)
          assert.equal(await client.getFeatureFlag('plan', 'kari', KARI), true)
          assert.equal(errors.length, 1)
          assert.match(errors[0], /failed at src\/panics\.rs:\d+/)
          assert.deepEqual(loads, [])
          await client.reloadFeatureFlags()
          assert.equal(await client.getFeatureFlag('plan', 'kari', KARI), false)
          assert.equal(errors.length, 1)
          assert.deepEqual(loads, [1])
        })
      }
    })
  }

  it('in code of ours that puts definitions to use is an error event that quotes it, and the next load brings them again', async (t) => {
    world.server.setDefinitions(DEFINITIONS, { etag: '"1"' })
    const { client, errors } = await open(world.panicking.PostHog)
    const { Snapshot } = world.panicking.require('./lib/evaluation/snapshot.js')
    await using([client], async () => {
      world.server.setDefinitions({ flags: [flag('plan', { active: false })] }, { etag: '"2"' })
      const { mock } = t.mock.method(Snapshot.prototype, 'supersede', () => {
        throw new TypeError('a slip of the pen')
      })
      await client.reloadFeatureFlags()
      mock.restore()
      assert.equal(await client.getFeatureFlag('plan', 'kari', KARI), true)
      assert.equal(errors.length, 1)
      assert.match(
        errors[0],
        /^posthog-node-native loaded flag definitions and could not use them: TypeError: a slip of the pen\./
      )
      await client.reloadFeatureFlags()
      assert.equal(await client.getFeatureFlag('plan', 'kari', KARI), false)
    })
  })

  it('on the way to a cache provider is a failure of that call', async () => {
    let calls = 0
    const flagDefinitionCacheProvider = { ...cacheOf(CACHED), shouldFetchFlagDefinitions: () => (calls++, false) }
    const { client, errors } = await open(world.panicking.PostHog, { flagDefinitionCacheProvider })
    await using([client], async () => {
      world.panicking.panicAt('command')
      await client.reloadFeatureFlags()
      assert.equal(calls, 1)
      assert.ok(
        errors.some((message) => message.startsWith('Error in shouldFetchFlagDefinitions: posthog-node-native'))
      )
      await client.reloadFeatureFlags()
      assert.equal(calls, 2)
      assert.equal(await client.getFeatureFlag('plan', 'kari', KARI), true)
    })
  })
})

/** Runs a program beside the world.panicking package. @param {string} program */
function run(program) {
  const prelude = `
    const { PostHog, LocalEvaluator } = require('./index.js')
    const panicAt = require('./lib/addon/load-binding.js').loadBinding().injectPanics
    const DEFINITIONS = ${JSON.stringify(DEFINITIONS)}
    const cache = {
      getFlagDefinitions: () => DEFINITIONS, shouldFetchFlagDefinitions: () => false,
      onFlagDefinitionsReceived() {}, shutdown() {},
    }
    const turn = () => new Promise((resolve) => setImmediate(resolve))
    const collect = async () => { for (let n = 0; n < 20; n++) { global.gc(); await turn() } }
  `
  return spawnSync(process.execPath, ['--expose-gc', '-e', `${prelude};(async () => { ${program} })()`], {
    cwd: world.panicking.folder,
    encoding: 'utf8',
    timeout: 60_000,
  })
}

describe('a panic that nobody waits for', () => {
  it('in finalizers ends neither the process nor what is collected later, and is not printed', () => {
    const { status, signal, stdout, stderr } = run(`
      const make = () => {
        for (let n = 0; n < 50; n++) new LocalEvaluator(DEFINITIONS).getAllFlags('kari')
        return new PostHog('phc_x', { flagDefinitionCacheProvider: cache }).shutdown()
      }
      panicAt('finalizer', 1000)
      await make()
      await collect()
      console.log(panicAt('finalizer', 0) < 900)
      await make()
      await collect()
      console.log(new LocalEvaluator(DEFINITIONS).getFeatureFlag('off', 'kari'))
    `)
    assert.deepEqual(
      { status, signal, stdout, stderr },
      { status: 0, signal: null, stdout: 'true\nfalse\n', stderr: '' }
    )
  })

  it('in the heart of the background thread does not end it', () => {
    const { status, signal, stdout, stderr } = run(`
      panicAt('thread', 3)
      const client = new PostHog('phc_x', { flagDefinitionCacheProvider: cache })
      console.log(await client.waitForLocalEvaluationReady(10_000), panicAt('thread', 0))
      await client.shutdown()
    `)
    assert.deepEqual({ status, signal, stdout, stderr }, { status: 0, signal: null, stdout: 'true 0\n', stderr: '' })
  })

  it('in an evaluation or a load is not printed either', () => {
    const { status, stdout, stderr } = run(`
      panicAt('load', 1)
      const client = new PostHog('phc_x', { flagDefinitionCacheProvider: cache, featureFlagsPollingInterval: null })
      await client.reloadFeatureFlags()
      await client.reloadFeatureFlags()
      panicAt('evaluation', 1)
      const { off } = await client.getAllFlags('kari', { onlyEvaluateLocally: true })
      console.log(off, panicAt('evaluation', 0))
      await client.shutdown()
    `)
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: 'undefined 0\n', stderr: '' })
  })
})
