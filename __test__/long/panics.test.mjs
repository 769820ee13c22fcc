// A panic is a bug of the Rust code. None is known, so an addon that panics wherever it is told to is built here, and put
// into a copy of the package.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'

import { runCaptured } from '../../scripts/run.mjs'
import { readAddon, root } from '../package/support/package-copy.mjs'
import { panickingPackage } from './support/panicking-package.mjs'

const require = createRequire(import.meta.url)
const { PostHog: STOCK } = require('posthog-node')
const { loadBinding } = require('../../lib/addon/load-binding.js')
const { DefinitionsServer } = require('../support/definitions-server.js')
const { flag } = require('../support/flags.js')

const property = (key, value, extra) => ({ key, value, operator: 'exact', type: 'person', ...extra })
const on = (...properties) => ({ filters: { groups: [{ properties, rollout_percentage: 100 }] } })
const VARIANTS = { variants: ['a', 'b', 'c'].map((key) => ({ key, rollout_percentage: 33.3 })) }

const DEFINITIONS = {
  flags: [
    flag('half', { filters: { groups: [{ properties: [], rollout_percentage: 50 }] } }),
    flag('variants', {
      filters: { groups: [{}], multivariate: VARIANTS, payloads: { a: '{"n":1}', b: '2', c: '"x"' } },
    }),
    flag('plan', on(property('plan', 'pro'))),
    flag('self', on(property('distinct_id', 'kari'))),
    flag('unknown', on(property('never given', 'x'))),
    flag('members', on({ type: 'cohort', key: 'id', value: 1, operator: 'in' })),
    flag(
      'follows',
      on({ type: 'flag', key: 'plan', value: true, operator: 'flag_evaluates_to', dependency_chain: ['plan'] })
    ),
    flag('company', { filters: { aggregation_group_type_index: 0, groups: [{ rollout_percentage: 70 }] } }),
    flag('off', { active: false }),
    flag('elsewhere', { evaluation_contexts: ['elsewhere'] }),
  ],
  group_type_mapping: { 0: 'company' },
  cohorts: { 1: { type: 'AND', values: [property('plan', 'p', { operator: 'icontains' })] } },
}
const KEYS = [...DEFINITIONS.flags.map(({ key }) => key), 'no such flag']
const KARI = {
  personProperties: { plan: 'pro', secret: 'her secret' },
  groups: { company: 'acme' },
  groupProperties: { company: { size: 5 } },
  onlyEvaluateLocally: true,
}

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

/** @type {Awaited<ReturnType<typeof panickingPackage>>} */
let panicking
/** @type {any} */
let server

before(async () => {
  panicking = await panickingPackage()
})
after(() => panicking.remove())
beforeEach(async () => {
  server = await DefinitionsServer.start()
  server.setDefinitions(DEFINITIONS)
})
afterEach(() => server.close())

/** @param {any} PostHog @param {Record<string, unknown>} [options] */
async function open(PostHog, options) {
  const client = new PostHog('phc_project', {
    host: server.url,
    secretKey: 'phs_secret',
    featureFlagsPollingInterval: null,
    evaluationContexts: ['here'],
    ...options,
  })
  /** @type {string[]} */
  const errors = []
  client.on('error', ({ message }) => errors.push(message))
  await client.reloadFeatureFlags()
  return { client, errors }
}

/** Runs with clients that are shut down afterwards. @param {any[]} clients @param {() => unknown} run */
async function using(clients, run) {
  try {
    await run()
  } finally {
    await Promise.all(clients.map((client) => client.shutdown()))
  }
}

const remoteRequests = () =>
  server.requests.filter(({ path }) => path.startsWith('/flags') && !path.includes('definitions'))

/** @param {unknown} cached */
const cacheOf = (cached) => ({
  getFlagDefinitions: () => (typeof cached === 'function' ? cached() : cached),
  shouldFetchFlagDefinitions: () => false,
  onFlagDefinitionsReceived() {},
  shutdown() {},
})

const CACHED = { ...DEFINITIONS, group_type_mapping: undefined, groupTypeMapping: DEFINITIONS.group_type_mapping }
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
      const ours = await open(panicking.PostHog, options)
      const theirs = await open(STOCK, source.endsWith('text') ? SOURCES['from a cache, as an object'] : options)
      await using([ours.client, theirs.client], async () => {
        for (const [name, call] of Object.entries(CALLS)) {
          const expected = await call(theirs.client)
          panicking.panicAt('evaluation', 2)
          const answer = await call(ours.client)
          const left = panicking.panicsLeft('evaluation')
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
    server.flagsResponse = { featureFlags: flags, featureFlagPayloads: {} }
    const { client, errors } = await open(panicking.PostHog)
    const remotely = { ...KARI, onlyEvaluateLocally: false }
    await using([client], async () => {
      for (const [call, expected] of [
        [() => client.getFeatureFlag('plan', 'kari', remotely), 'from the server'],
        [() => client.getAllFlags('kari', remotely), flags],
        [async () => (await client.evaluateFlags('kari', remotely)).getFlag('plan'), 'from the server'],
      ]) {
        const asked = remoteRequests().length
        panicking.panicAt('evaluation', 2)
        assert.deepEqual(await call(), expected)
        panicking.panicsLeft('evaluation')
        assert.equal(remoteRequests().length, asked + 1)
      }
      assert.equal(await client.getFeatureFlag('plan', 'kari', remotely), true)
      assert.equal(errors.length, 1)
    })
  })

  it('costs only the flags that were asked for in that call', async () => {
    const { client } = await open(panicking.PostHog)
    await using([client], async () => {
      panicking.panicAt('evaluation')
      const some = await client.getAllFlags('kari', { ...KARI, flagKeys: ['plan', 'off'] })
      assert.deepEqual(some, {})
      assert.deepEqual(await client.getAllFlags('kari', { ...KARI, flagKeys: ['plan', 'off'] }), {
        plan: true,
        off: false,
      })
    })
  })

  it('is one error event in the life of a client, which tells where but nothing of the person', async () => {
    const { client, errors } = await open(panicking.PostHog)
    await using([client], async () => {
      for (let call = 0; call < 5; call += 1) {
        panicking.panicAt('evaluation')
        assert.equal(await client.getFeatureFlag('plan', 'kari', KARI), undefined)
      }
      panicking.panicAt('evaluation', 2)
      const flags = await client.evaluateFlags('kari', KARI)
      assert.deepEqual(flags.keys, [])
      panicking.panicsLeft('evaluation')
      assert.equal(errors.length, 1)
      assert.match(
        errors[0],
        /^the native evaluator failed at src\/panics\.rs:\d+; this is a bug of posthog-node-native, please report it\. The flags of that call are left to the server\.$/
      )
      assert.ok(!errors[0].includes('secret'))
    })
  })

  it('does not end native evaluation', async () => {
    const { client } = await open(panicking.PostHog)
    await using([client], async () => {
      panicking.panicAt('evaluation', 1)
      await client.getAllFlags('kari', KARI)
      assert.equal(client.localEvaluationEngine, 'native')
      // If posthog-node answered the next call, this one would still be to come.
      panicking.panicAt('evaluation', 1)
      await client.getAllFlags('kari', KARI)
      assert.equal(panicking.panicsLeft('evaluation'), 0)
    })
  })

  it('is the same where the native code is asked what a flag reads', async () => {
    const { client, errors } = await open(panicking.PostHog)
    await using([client], async () => {
      panicking.panicAt('inputs')
      assert.equal(await client.getFeatureFlag('plan', 'kari', KARI), undefined)
      assert.equal(await client.getFeatureFlag('plan', 'kari', KARI), true)
      assert.equal(errors.length, 1)
      assert.match(errors[0], /^posthog-node-native failed at src\/panics\.rs:\d+; this is a bug/)
    })
  })

  it('leaves nothing behind for an evaluation around it', async () => {
    server.setDefinitions({
      flags: [flag('nested', on(property('looked at', 'text', { operator: 'icontains' }))), ...DEFINITIONS.flags],
      cohorts: {},
    })
    const { client } = await open(panicking.PostHog)
    await using([client], async () => {
      const { localEvaluator } = client
      /** @type {unknown[]} */
      const inner = []
      const lookedAt = {
        toString() {
          panicking.panicAt('evaluation')
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
    const { client, errors } = await open(panicking.PostHog)
    const { Snapshot } = panicking.require('./lib/evaluation/snapshot.js')
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
    const evaluator = new panicking.LocalEvaluator(DEFINITIONS)
    const expected = evaluator.getAllFlagsAndPayloads('kari', KARI)
    const explained = evaluator.explain('plan', 'kari', KARI)
    for (const [ask, nothing] of [
      [() => evaluator.getFeatureFlag('plan', 'kari', KARI), undefined],
      [() => evaluator.getFeatureFlagResult('plan', 'kari', KARI), undefined],
      [() => evaluator.getAllFlags('kari', KARI), {}],
      [() => evaluator.getAllFlagsAndPayloads('kari', KARI), { featureFlags: {}, featureFlagPayloads: {} }],
      [() => evaluator.explain('plan', 'kari', KARI), { ...explained, value: undefined }],
    ]) {
      panicking.panicAt('evaluation')
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
    const { client, errors } = await open(panicking.PostHog)
    await using([client], async () => {
      panicking.panicAt('evaluation', 2)
      assert.equal(client.localEvaluator.getFeatureFlag('plan', 'kari', KARI), undefined)
      assert.equal(client.localEvaluator.getFeatureFlag('plan', 'kari', KARI), undefined)
      assert.equal(client.localEvaluator.getFeatureFlag('plan', 'kari', KARI), true)
      assert.equal(errors.length, 1)
    })
  })

  it('throws where definitions are compiled, and compiles the next', () => {
    for (const place of ['call', 'overview']) {
      panicking.panicAt(place)
      assert.throws(() => new panicking.LocalEvaluator(DEFINITIONS), {
        name: 'Error',
        message: /^posthog-node-native failed at src\/panics\.rs:\d+; this is a bug, please report it$/,
      })
      assert.equal(new panicking.LocalEvaluator(DEFINITIONS).getFeatureFlag('half', 'kari') !== undefined, true)
    }
  })
})

describe('a panic of the background thread', () => {
  it('while loading is one error event; what is held stays, and the next poll loads', async () => {
    server.setDefinitions(DEFINITIONS, { etag: '"1"' })
    const { client, errors } = await open(panicking.PostHog)
    await using([client], async () => {
      server.setDefinitions({ flags: [flag('plan', { active: false })] }, { etag: '"2"' })
      panicking.panicAt('load')
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
    const { client, errors } = await open(panicking.PostHog, { featureFlagsPollingInterval: 100 })
    await using([client], async () => {
      panicking.panicAt('poll')
      const requests = server.definitionRequests.length
      await server.definitionRequest(requests + 3)
      assert.equal(errors.length, 1)
      assert.match(errors[0], /^posthog-node-native failed at src\/panics\.rs:\d+ while polling/)
    })
  })

  it('on the way to JavaScript is an error event for what was lost, and the load is made up for', async () => {
    const { client, errors } = await open(panicking.PostHog)
    await using([client], async () => {
      // A load that a cache provider has no part in hands over the definitions, tells of them and of its end.
      server.setDefinitions({ flags: [flag('plan', { active: false })] })
      panicking.panicAt('handover')
      panicking.panicAt('command', 2)
      await client.reloadFeatureFlags()
      assert.equal(panicking.panicsLeft('handover'), 0)
      assert.equal(panicking.panicsLeft('command'), 0)
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
        { change: () => server.setDefinitions(document, { etag: '"2"' }), options: {} },
        { change: () => (cached = document), options: { flagDefinitionCacheProvider: cacheOf(() => cached) } },
      ]
      let cached = CACHED
      server.setDefinitions(DEFINITIONS, { etag: '"1"' })
      for (const { change, options } of sources) {
        const { client, errors } = await open(panicking.PostHog, options)
        /** @type {number[]} */
        const loads = []
        client.on('localEvaluationFlagsLoaded', (count) => loads.push(count))
        await using([client], async () => {
          change()
          panicking.panicAt(place)
          await client.reloadFeatureFlags()
          assert.equal(panicking.panicsLeft(place), 0)
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
    server.setDefinitions(DEFINITIONS, { etag: '"1"' })
    const { client, errors } = await open(panicking.PostHog)
    const { Snapshot } = panicking.require('./lib/evaluation/snapshot.js')
    await using([client], async () => {
      server.setDefinitions({ flags: [flag('plan', { active: false })] }, { etag: '"2"' })
      const { mock } = t.mock.method(Snapshot.prototype, 'supersede', () => {
        throw new TypeError('a slip of the pen')
      })
      await client.reloadFeatureFlags()
      mock.restore()
      assert.equal(await client.getFeatureFlag('plan', 'kari', KARI), true)
      assert.equal(errors.length, 1)
      assert.match(
        errors[0],
        /^posthog-node-native could not put flag definitions to use .*: TypeError: a slip of the pen\./
      )
      await client.reloadFeatureFlags()
      assert.equal(await client.getFeatureFlag('plan', 'kari', KARI), false)
    })
  })

  it('on the way to a cache provider is a failure of that call', async () => {
    let calls = 0
    const flagDefinitionCacheProvider = { ...cacheOf(CACHED), shouldFetchFlagDefinitions: () => (calls++, false) }
    const { client, errors } = await open(panicking.PostHog, { flagDefinitionCacheProvider })
    await using([client], async () => {
      panicking.panicAt('command')
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

/** Runs a program beside the panicking package. @param {string} program */
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
    cwd: panicking.folder,
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

describe('every entry of the addon', () => {
  const binding = path.join(root, 'src/binding')
  const sources = readdirSync(binding, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.rs'))
    .map((name) => readFileSync(path.join(binding, name), 'utf8'))
    .join('\n')

  it('that napi-rs makes catches panics', () => {
    const entries = [
      ...sources.matchAll(/#\[napi(?:\((?<attributes>[^\]]*)\))?\]\s*(?:#\[[^\]]*\]\s*)*pub fn (?<name>\w+)/g),
    ]
    assert.ok(entries.length > 15)
    for (const { groups } of entries) {
      assert.match(groups?.attributes ?? '', /catch_unwind/, groups?.name)
    }
  })

  it('that is called by Node itself catches panics', () => {
    const bodies = [...sources.matchAll(/extern "C" fn (?<name>\w+)[^{]*\{(?<body>[\s\S]*?)\n\}/g)]
    const finalizers = [...sources.matchAll(/ObjectFinalize for (?<name>\w+) \{(?<body>[\s\S]*?)\n\}/g)]
    assert.deepEqual(bodies.map(({ groups }) => groups?.name).sort(), ['all', 'drop_box', 'one', 'some'])
    assert.deepEqual(finalizers.map(({ groups }) => groups?.name).sort(), ['FlagDefinitions', 'FlagPoller'])
    // A class without a finalizer of its own is dropped by napi-rs, where a panic would end the process.
    assert.equal([...sources.matchAll(/^#\[napi(\(custom_finalize\))?\]\npub struct/gm)].length, finalizers.length)
    for (const { groups } of [...bodies, ...finalizers]) {
      assert.match(groups?.body ?? '', /guard\(env,|panics::catch\(/, groups?.name)
    }
  })

  it('is refused by the compiler where panics would end the process', async () => {
    // By way of clippy, which hands flags to this crate alone: what it depends on is not compiled anew.
    const { ok, output } = await runCaptured('cargo', ['clippy', '--lib', '--', '-C', 'panic=abort'])
    assert.equal(ok, false)
    assert.match(output, /error: panics must unwind into the guards of the binding; build with panic = "unwind"/)
  })

  it('of the addon that is shipped cannot be made to panic', () => {
    assert.ok(!('injectPanics' in loadBinding()))
    assert.equal(readAddon().includes('a test asked for this'), false)
  })
})
