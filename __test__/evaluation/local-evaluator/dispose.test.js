'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')

const { LocalEvaluator, PostHog } = require('../../..')
const { flag } = require('../../support/flags')
const { memoryProvider } = require('../../support/providers')
const { createRealm } = require('../../support/realm')

const DOCUMENT = { flags: [flag('on')], cohorts: {} }
const DISPOSED = { name: 'Error', code: 'ERR_POSTHOG_NATIVE_DISPOSED', message: /was disposed;/ }

test('an evaluator that was disposed of refuses every question, and may be disposed of again', () => {
  const evaluator = new LocalEvaluator(DOCUMENT)
  assert.equal(evaluator.getFeatureFlag('on', 'kari'), true)
  assert.equal(evaluator.dispose(), undefined)
  evaluator.dispose()
  evaluator[Symbol.dispose]()
  assert.throws(() => evaluator.getFeatureFlag('on', 'kari'), DISPOSED)
  assert.throws(() => evaluator.getFeatureFlagResult('on', 'kari'), DISPOSED)
  assert.throws(() => evaluator.getAllFlags('kari'), DISPOSED)
  assert.throws(() => evaluator.getAllFlags('kari', { flagKeys: ['on'] }), DISPOSED)
  assert.throws(() => evaluator.getAllFlagsAndPayloads('kari'), DISPOSED)
  assert.throws(() => evaluator.explain('on', 'kari'), DISPOSED)
  const other = new LocalEvaluator(DOCUMENT)
  assert.equal(other.getFeatureFlag('on', 'kari'), true)
})

test('disposing of an evaluator from inside its evaluation ends without harm', () => {
  const definitions = {
    flags: [
      {
        key: 'v',
        active: true,
        filters: { groups: [{ properties: [{ key: 'a', value: 'b', operator: 'icontains' }] }] },
      },
    ],
  }
  for (const ask of ['getFeatureFlag', 'getFeatureFlagResult', 'explain', 'getAllFlags', 'getAllFlagsAndPayloads']) {
    const evaluator = new LocalEvaluator(definitions)
    const value = {
      toString() {
        evaluator.dispose()
        return 'b'
      },
    }
    const person = {
      get a() {
        evaluator.dispose()
        return value
      },
    }
    for (const personProperties of [{ a: value }, person]) {
      const call = /** @type {any} */ (evaluator)[ask]
      const leading = ask.startsWith('getAll') ? [] : ['v']
      try {
        call.call(evaluator, ...leading, 'kari', { personProperties })
      } catch (error) {
        assert.equal(/** @type {any} */ (error).code, DISPOSED.code)
      }
    }
  }
})

test("a client's evaluator goes on after it was disposed of", async () => {
  const client = new PostHog('phc_x', {
    host: 'http://127.0.0.1:9',
    featureFlagsPollingInterval: null,
    flagDefinitionCacheProvider: memoryProvider({ fetch: false, cached: DOCUMENT }),
  })
  try {
    assert.equal(await client.waitForLocalEvaluationReady(10_000), true)
    client.localEvaluator.dispose()
    client.localEvaluator[Symbol.dispose]()
    assert.equal(client.localEvaluator.getFeatureFlag('on', 'kari'), true)
    assert.equal(await client.getFeatureFlag('on', 'kari'), true)
  } finally {
    await client.shutdown()
  }
})

test('a realm without the symbol has the method all the same', () => {
  const realm = createRealm()
  const evaluator = new realm.package.LocalEvaluator(DOCUMENT)
  evaluator.dispose()
  assert.throws(() => evaluator.getFeatureFlag('on', 'kari'), { code: DISPOSED.code })
})

/**
 * How many bytes a process takes that makes so many evaluators and never yields to its event loop.
 *
 * @param {number} count
 * @param {'drop' | 'dispose' | 'keep'} what is done with each
 */
function memoryOf(count, what) {
  const program = `
    const { LocalEvaluator } = require(${JSON.stringify(path.join(__dirname, '../../..'))})
    const flags = Array.from({ length: 300 }, (_, id) => ({ id, key: 'flag-' + id, active: true, filters: {
      groups: [{ properties: [{ key: 'plan-' + id, value: ['a', 'b' + id] }], rollout_percentage: 50 }],
      payloads: { true: 'x'.repeat(100) } } }))
    // Those who hold the same document share what is compiled of it, so each is another.
    let version = 0
    const kept = []
    const make = (count) => {
      for (let made = 0; made < count; made++) {
        const evaluator = new LocalEvaluator(JSON.stringify({ flags, version: version++ }))
        evaluator.getAllFlags('kari')
        ${{ drop: '', dispose: 'evaluator.dispose()', keep: 'kept.push(evaluator)' }[what]}
      }
    }
    make(20)
    const before = process.memoryUsage.rss()
    make(${count})
    console.log(process.memoryUsage.rss() - before)`
  return Number(execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' }))
}

test('evaluators that are dropped, or disposed of, are freed in code that does not yield', (t) => {
  const kept = memoryOf(500, 'keep')
  const dropped = memoryOf(500, 'drop')
  const disposed = memoryOf(500, 'dispose')
  t.diagnostic(`kept ${kept}, dropped ${dropped}, disposed ${disposed}`)
  assert.ok(dropped < kept / 2, `${dropped} of ${kept}`)
  assert.ok(disposed < kept / 2, `${disposed} of ${kept}`)
})
