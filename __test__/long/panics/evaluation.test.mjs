// An evaluation that panics: what its call answers, what is told, and that the next one is as if nothing had been.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, it } from 'node:test'

import {
  CACHED,
  DEFINITIONS,
  KARI,
  cacheOf,
  on,
  open,
  prepareWorld,
  property,
  using,
  world,
} from '../support/panics.mjs'

const require = createRequire(import.meta.url)
const { PostHog: STOCK } = require('posthog-node')
const { flag } = require('../../support/flags.js')

prepareWorld()

const KEYS = [...DEFINITIONS.flags.map(({ key }) => key), 'no such flag']
/** All that a caller can ask a client. @type {Record<string, (client: any) => Promise<unknown>>} */
const CALLS = {
  ...Object.fromEntries(
    KEYS.map((key) => [`getFeatureFlag of ${key}`, (client) => client.getFeatureFlag(key, 'kari', KARI)])
  ),
  getFeatureFlagResult: (client) => client.getFeatureFlagResult('variants', 'kari', KARI),
  getFeatureFlagPayload: (client) => client.getFeatureFlagPayload('variants', 'kari', undefined, KARI),
  isFeatureEnabled: (client) => client.isFeatureEnabled('plan', 'kari', KARI),
  getAllFlags: (client) => client.getAllFlags('kari', KARI),
  getAllFlagsAndPayloads: (client) => client.getAllFlagsAndPayloads('kari', KARI),
  'getAllFlags of some': (client) => client.getAllFlags('kari', { ...KARI, flagKeys: ['plan', 'company', 'off'] }),
  evaluateFlags: async (client) => {
    const flags = await client.evaluateFlags('kari', KARI)
    return flags.keys.sort().map((key) => [key, flags.isEnabled(key), flags.getFlag(key), flags.getFlagPayload(key)])
  },
}

const remoteRequests = () =>
  world.server.requests.filter(({ path }) => path.startsWith('/flags') && !path.includes('definitions'))

const SOURCES = {
  'from the server': {},
  'from a cache, as an object': { flagDefinitionCacheProvider: cacheOf(CACHED) },
  'from a cache, as text': { flagDefinitionCacheProvider: cacheOf(JSON.stringify(CACHED)) },
}

/** What a client answers when nothing can be told locally, by the name of the call. @param {string} name */
function nothingOf(name) {
  if (name.startsWith('getAllFlags')) {
    return name === 'getAllFlagsAndPayloads' ? { featureFlags: {}, featureFlagPayloads: {} } : {}
  }
  return name === 'evaluateFlags' ? [] : undefined
}

describe('an evaluation that panics', () => {
  for (const [source, options] of Object.entries(SOURCES)) {
    it(`leaves the flags of that call without a value, and the next one answers, with definitions ${source}`, async () => {
      const ours = await open(world.panicking.PostHog, options)
      const theirs = await open(STOCK, source.endsWith('text') ? SOURCES['from a cache, as an object'] : options)
      await using([ours.client, theirs.client], async () => {
        for (const [name, call] of Object.entries(CALLS)) {
          const expected = await call(theirs.client)
          world.panicking.panicAt('evaluation', 2)
          const answer = await call(ours.client)
          const left = world.panicking.panicsLeft('evaluation')
          const isKnown = !name.endsWith('no such flag') && !name.endsWith('elsewhere')
          assert.equal(left < 2, isKnown, name)
          assert.deepEqual(answer, isKnown ? nothingOf(name) : expected, name)
          assert.deepEqual(await call(ours.client), expected, `${name}, afterwards`)
        }
        assert.deepEqual(remoteRequests(), [])
        assert.deepEqual(theirs.errors, [])
        assert.equal(ours.errors.length, 1)
      })
    })
  }

  it('has the server asked, as for any flag that cannot be decided locally', async () => {
    const flags = { plan: 'from the server', off: true }
    world.server.flagsResponse = { featureFlags: flags, featureFlagPayloads: {} }
    const { client, errors } = await open(world.panicking.PostHog)
    const remotely = { ...KARI, onlyEvaluateLocally: false }
    await using([client], async () => {
      for (const [call, expected] of [
        [() => client.getFeatureFlag('plan', 'kari', remotely), 'from the server'],
        [() => client.getAllFlags('kari', remotely), flags],
        [async () => (await client.evaluateFlags('kari', remotely)).getFlag('plan'), 'from the server'],
      ]) {
        const asked = remoteRequests().length
        world.panicking.panicAt('evaluation', 2)
        assert.deepEqual(await call(), expected)
        world.panicking.panicsLeft('evaluation')
        assert.equal(remoteRequests().length, asked + 1)
      }
      assert.equal(await client.getFeatureFlag('plan', 'kari', remotely), true)
      assert.equal(errors.length, 1)
    })
  })

  it('costs only the flags that were asked for in that call', async () => {
    const { client } = await open(world.panicking.PostHog)
    await using([client], async () => {
      world.panicking.panicAt('evaluation')
      const some = await client.getAllFlags('kari', { ...KARI, flagKeys: ['plan', 'off'] })
      assert.deepEqual(some, {})
      assert.deepEqual(await client.getAllFlags('kari', { ...KARI, flagKeys: ['plan', 'off'] }), {
        plan: true,
        off: false,
      })
    })
  })

  it('is one error event in the life of a client, which tells where but nothing of the person', async () => {
    const { client, errors } = await open(world.panicking.PostHog)
    await using([client], async () => {
      for (let call = 0; call < 5; call += 1) {
        world.panicking.panicAt('evaluation')
        assert.equal(await client.getFeatureFlag('plan', 'kari', KARI), undefined)
      }
      world.panicking.panicAt('evaluation', 2)
      const flags = await client.evaluateFlags('kari', KARI)
      assert.deepEqual(flags.keys, [])
      world.panicking.panicsLeft('evaluation')
      assert.equal(errors.length, 1)
      assert.match(
        errors[0],
        /^the native evaluator failed at src\/panics\.rs:\d+; this is a bug of posthog-node-native, please report it\. The flags of that call are left to the server\.$/
      )
      assert.ok(!errors[0].includes('secret'))
    })
  })

  it('does not end native evaluation', async () => {
    const { client } = await open(world.panicking.PostHog)
    await using([client], async () => {
      world.panicking.panicAt('evaluation', 1)
      await client.getAllFlags('kari', KARI)
      assert.equal(client.localEvaluationEngine, 'native')
      // If posthog-node answered the next call, this one would still be to come.
      world.panicking.panicAt('evaluation', 1)
      await client.getAllFlags('kari', KARI)
      assert.equal(world.panicking.panicsLeft('evaluation'), 0)
    })
  })

  it('is the same where the native code is asked what a flag reads', async () => {
    const { client, errors } = await open(world.panicking.PostHog)
    await using([client], async () => {
      world.panicking.panicAt('inputs')
      assert.equal(await client.getFeatureFlag('plan', 'kari', KARI), undefined)
      assert.equal(await client.getFeatureFlag('plan', 'kari', KARI), true)
      assert.equal(errors.length, 1)
      assert.match(errors[0], /^posthog-node-native failed at src\/panics\.rs:\d+; this is a bug/)
    })
  })

  it('leaves nothing behind for an evaluation around it', async () => {
    world.server.setDefinitions({
      flags: [flag('nested', on(property('looked at', 'text', { operator: 'icontains' }))), ...DEFINITIONS.flags],
      cohorts: {},
    })
    const { client } = await open(world.panicking.PostHog)
    await using([client], async () => {
      const { localEvaluator } = client
      /** @type {unknown[]} */
      const inner = []
      const lookedAt = {
        toString() {
          world.panicking.panicAt('evaluation')
          inner.push(localEvaluator.getFeatureFlag('plan', 'kari', KARI))
          inner.push(localEvaluator.getFeatureFlag('plan', 'kari', KARI))
          return 'text'
        },
      }
      const personProperties = { ...KARI.personProperties, 'looked at': lookedAt }
      const all = localEvaluator.getAllFlags('kari', { ...KARI, personProperties })
      assert.deepEqual(inner.slice(0, 2), [undefined, true])
      assert.equal(all.plan, true)
      assert.equal(all.off, false)
    })
  })
})

describe('a fault of the JavaScript of this package', () => {
  it('reaches the caller as it is, and is not taken for a panic', async (t) => {
    const { client, errors } = await open(world.panicking.PostHog)
    const { Snapshot } = world.panicking.require('./lib/evaluation/snapshot.js')
    const fault = new TypeError('a slip of the pen')
    const fail = () => {
      throw fault
    }
    await using([client], async () => {
      for (const [method, ask] of [
        ['evaluate', () => client.getFeatureFlag('plan', 'kari', KARI)],
        ['evaluateAll', () => client.getAllFlags('kari', KARI)],
        ['evaluateCodes', () => client.evaluateFlags('kari', KARI)],
        ['valuesOfAll', async () => client.localEvaluator.getAllFlags('kari', KARI)],
      ]) {
        const { mock } = t.mock.method(Snapshot.prototype, method, fail)
        await assert.rejects(ask, (error) => error === fault)
        mock.restore()
      }
      assert.deepEqual(errors, [])
    })
  })
})

describe('a LocalEvaluator that panics', () => {
  it('has no answer in that call, says so once in the process, and has one in the next', (t) => {
    const { mock } = t.mock.method(console, 'warn', () => {})
    const evaluator = new world.panicking.LocalEvaluator(DEFINITIONS)
    const expected = evaluator.getAllFlagsAndPayloads('kari', KARI)
    const explained = evaluator.explain('plan', 'kari', KARI)
    for (const [ask, nothing] of [
      [() => evaluator.getFeatureFlag('plan', 'kari', KARI), undefined],
      [() => evaluator.getFeatureFlagResult('plan', 'kari', KARI), undefined],
      [() => evaluator.getAllFlags('kari', KARI), {}],
      [() => evaluator.getAllFlagsAndPayloads('kari', KARI), { featureFlags: {}, featureFlagPayloads: {} }],
      [() => evaluator.explain('plan', 'kari', KARI), { ...explained, value: undefined }],
    ]) {
      world.panicking.panicAt('evaluation')
      assert.deepEqual(ask(), nothing)
      assert.deepEqual(evaluator.getAllFlagsAndPayloads('kari', KARI), expected)
    }
    assert.equal(mock.callCount(), 1)
    assert.match(
      mock.calls[0].arguments[0],
      /^\[PostHog\] the native evaluator failed at src\/panics\.rs:\d+; this is a bug of posthog-node-native, .* have no value\.$/
    )
  })

  it('of a client raises the error event of that client', async () => {
    const { client, errors } = await open(world.panicking.PostHog)
    await using([client], async () => {
      world.panicking.panicAt('evaluation', 2)
      assert.equal(client.localEvaluator.getFeatureFlag('plan', 'kari', KARI), undefined)
      assert.equal(client.localEvaluator.getFeatureFlag('plan', 'kari', KARI), undefined)
      assert.equal(client.localEvaluator.getFeatureFlag('plan', 'kari', KARI), true)
      assert.equal(errors.length, 1)
    })
  })

  it('throws where definitions are compiled, and compiles the next', () => {
    for (const place of ['call', 'overview']) {
      world.panicking.panicAt(place)
      assert.throws(() => new world.panicking.LocalEvaluator(DEFINITIONS), {
        name: 'Error',
        message: /^posthog-node-native failed at src\/panics\.rs:\d+; this is a bug, please report it$/,
      })
      assert.equal(new world.panicking.LocalEvaluator(DEFINITIONS).getFeatureFlag('half', 'kari') !== undefined, true)
    }
  })
})
