'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const posthogNode = require('posthog-node')
const { EngineChoice, NEWEST } = require('../../lib/client/engine-choice')
const { startChild } = require('../support/child')
const { recordConsole } = require('./support/world')

const { PostHog, FeatureFlagEvaluations } = /** @type {any} */ (posthogNode)

const CLOSED = { host: 'http://127.0.0.1:9' }

/** Counts addons as they are loaded, and makes a client. @param {string} options @param {string} then */
const loading = (options, then = '') => `
  let loads = 0
  const { dlopen } = process
  process.dlopen = (module, file, ...rest) => {
    loads += file.includes('posthog-node-native') ? 1 : 0
    return dlopen(module, file, ...rest)
  }
  const client = new PostHog('phc_project', { ...OPTIONS, featureFlagsPollingInterval: null, ...${options} })
  client.on('error', () => {})
  void (async () => {
    ${then}
    await client.shutdown()
    console.log('loads: ' + loads)
  })()
`

/** Loads of the addon by clients with these options, each in a process of its own. @param {Record<string, string>} clients */
async function countLoads(clients) {
  const then = "await client.getAllFlags('kari', { onlyEvaluateLocally: true })"
  const loads = Object.entries(clients).map(async ([what, options]) => {
    const { code, output } = await startChild(loading(options, then), CLOSED).ended()
    assert.equal(code, 0, output)
    return [what, Number(/loads: (\d+)/.exec(output)?.[1])]
  })
  return Object.fromEntries(await Promise.all(loads))
}

test('the addon is loaded once where flags may be evaluated locally, and never elsewhere', async () => {
  const provider = 'flagDefinitionCacheProvider: { shutdown() {} }'
  const loads = await countLoads({
    'with enableLocalEvaluation: false': '{ enableLocalEvaluation: false }',
    'with enableLocalEvaluation: false and a provider': `{ enableLocalEvaluation: false, ${provider} }`,
    'without a secret key': '{ secretKey: undefined }',
    'with the engine of posthog-node': "{ native: { engine: 'javascript' } }",
    'with a secret key': '{}',
    'with a personal key': "{ secretKey: undefined, personalApiKey: 'phx_personal' }",
    'with a provider': `{ secretKey: undefined, ${provider} }`,
    'with the native engine': "{ secretKey: undefined, native: { engine: 'native' } }",
  })
  assert.deepEqual(loads, {
    'with enableLocalEvaluation: false': 0,
    'with enableLocalEvaluation: false and a provider': 0,
    'without a secret key': 0,
    'with the engine of posthog-node': 0,
    'with a secret key': 1,
    'with a personal key': 1,
    'with a provider': 1,
    'with the native engine': 1,
  })
})

test('the newest posthog-node that is known is the one that tests run with', () => {
  assert.equal(NEWEST, new PostHog('phc_project').getLibraryVersion())
  const choice = new EngineChoice(PostHog, FeatureFlagEvaluations)
  assert.equal(choice.fitsTogether, true)
  assert.equal(choice.isNative('auto', { secretKey: 'phs_secret' }), true)
})

test('what is wrong with a posthog-node is said once, with what to do, by how old it is', (t) => {
  const warnings = recordConsole(t, 'warn')
  /** @param {string | undefined} of */
  const incomplete = (of) => {
    class Other {
      getLibraryVersion() {
        return of
      }
    }
    return new EngineChoice(Other, FeatureFlagEvaluations)
  }
  for (const [of, remedy] of /** @type {[string | undefined, RegExp][]} */ ([
    ['1.0.0', /not compatible with posthog-node 1\.0\.0: .* Remedy: install posthog-node \d+\.\d+\.\d+ or newer/],
    [
      '999.0.0',
      /not compatible with posthog-node 999\.0\.0: .* Remedy: install a newer posthog-node-native, or posthog-node 5\./,
    ],
    [NEWEST, /Remedy: find out what changes its classes here/],
    [undefined, /not compatible with posthog-node of this version: .* Remedy: install posthog-node 5\./],
    ['five', /is not compatible with posthog-node of this version/],
  ])) {
    const choice = incomplete(of)
    assert.equal(choice.fitsTogether, false)
    assert.equal(choice.isNative('auto', { secretKey: 'phs_secret' }), false)
    assert.equal(choice.isNative('javascript', { secretKey: 'phs_secret' }), false)
    assert.throws(() => choice.isNative('native', {}), remedy)
    warnings.length = 0
    choice.warn()
    choice.warn()
    incomplete(of).warn()
    if (of === 'five') {
      // Nothing that was not said of the one before.
      assert.deepEqual(warnings, [])
    } else {
      assert.equal(warnings.length, 1)
      assert.match(warnings[0], remedy)
      assert.match(warnings[0], /posthog-node itself evaluates flags: the same answers, slower/)
    }
  }
})

test('that other semantics have no effect is said once, with the reason', (t) => {
  const warnings = recordConsole(t, 'warn')
  const choice = new EngineChoice(class {}, FeatureFlagEvaluations)
  for (const [engine, reason] of /** @type {const} */ ([
    ['javascript', /because POSTHOG_NATIVE_ENGINE says so: native: \{ semantics: 'server' \} has no effect/],
    ['auto', /because this package cannot evaluate here: native: \{ semantics: 'server' \} has no effect/],
  ])) {
    warnings.length = 0
    choice.warnOfSemantics(engine)
    choice.warnOfSemantics(engine)
    assert.equal(warnings.length, 1)
    assert.match(warnings[0], reason)
  }
  warnings.length = 0
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  choice.warnOfSemantics('auto')
  assert.match(warnings[0], /because timers are fake: /)
})

test('the warning names the options that have no effect without Rust', (t) => {
  const warnings = recordConsole(t, 'warn')
  const choice = new EngineChoice(class {}, FeatureFlagEvaluations)
  choice.warn({ file: '/flags', shared: false, idleAfterMs: undefined, bootstrap: { flags: [] }, keepAlive: true })
  assert.match(
    warnings[0],
    /evaluates flags: the same answers, slower, and without native\.bootstrap, native\.file\. With/
  )
  warnings.length = 0
  choice.warn({ reasons: true, semantics: 'server' })
  assert.match(warnings[0], /evaluates flags: slower, and without native\.reasons\. With/)
})

test('without anything that definitions could come from nobody is needed', () => {
  const choice = new EngineChoice(class {}, FeatureFlagEvaluations)
  for (const options of [undefined, null, {}, { secretKey: '' }, { secretKey: 'phs', enableLocalEvaluation: false }]) {
    assert.equal(choice.isNative('auto', options), false)
  }
})
