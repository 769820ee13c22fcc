'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

/** @type {any} */
const posthogNode = require('posthog-node')

const { definePostHog } = require('../../lib/posthog')
const { findClassProblems, findClientProblems } = require('../../lib/seam')
const { DefinitionsServer } = require('../support/definitions-server')
const { flag } = require('../support/observe')

const { FeatureFlagEvaluations } = posthogNode
const STOCK = posthogNode.PostHog

/** posthog-node's class with one of its methods gone. @param {string} name */
function without(name) {
  class Changed extends STOCK {}
  Object.defineProperty(Changed.prototype, name, { value: undefined })
  return Changed
}

/** posthog-node's evaluations with a member more, or without one. @param {Record<string, PropertyDescriptor | null>} members */
function evaluationsWith(members) {
  class Evaluations {}
  const stock = Object.getOwnPropertyDescriptors(FeatureFlagEvaluations.prototype)
  for (const [name, descriptor] of Object.entries({ ...stock, ...members })) {
    if (descriptor !== null) {
      Object.defineProperty(Evaluations.prototype, name, descriptor)
    }
  }
  return Evaluations
}

/**
 * Other versions of posthog-node, each of which still evaluates flags itself, and what is said of them.
 *
 * @type {Record<string, { Base?: any, Evaluations?: any, problem: string }>}
 */
const VERSIONS = {
  'a client that uses an unknown member of its poller': {
    Base: class extends STOCK {
      isReady() {
        return this.featureFlagsPoller?.isReady()
      }
    },
    problem: 'the client uses featureFlagsPoller.isReady, which is not known',
  },
  'a poller that is no plain property': {
    Base: class extends STOCK {
      get featureFlagsPoller() {
        return this.hidden
      }
      set featureFlagsPoller(poller) {
        this.hidden = poller
      }
    },
    problem: 'featureFlagsPoller is not a plain property of a client',
  },
  'a method gone that is called here': {
    Base: without('_getFeatureFlagEvaluationsHost'),
    problem: 'PostHog has no method _getFeatureFlagEvaluationsHost',
  },
  'a poller also when local evaluation is off': {
    Base: class extends STOCK {
      /** @param {string} key @param {any} options */
      constructor(key, options) {
        super(key, { ...options, enableLocalEvaluation: true })
      }
    },
    problem: 'the client makes a poller although local evaluation is off',
  },
  'no host in the client': {
    Base: class extends STOCK {
      /** @param {string} key @param {any} options */
      constructor(key, options) {
        super(key, options)
        delete this.host
      }
    },
    problem: 'the client has no host',
  },
  'no FeatureFlagEvaluations': { Evaluations: null, problem: 'there is no FeatureFlagEvaluations' },
  'a new method in FeatureFlagEvaluations': {
    Evaluations: evaluationsWith({ toJSON: { value: () => ({}) } }),
    problem: 'FeatureFlagEvaluations has toJSON, which is not known',
  },
  'a method renamed in FeatureFlagEvaluations': {
    Evaluations: evaluationsWith({ getFlag: null }),
    problem: 'FeatureFlagEvaluations has no getFlag',
  },
}

/**
 * A client of ours over such a version, with all it prints.
 *
 * @param {import('node:test').TestContext} t
 * @param {{ Base?: any, Evaluations?: any }} version
 * @param {Record<string, unknown>} options
 */
async function useTwo(t, { Base = STOCK, Evaluations = FeatureFlagEvaluations }, options) {
  const warn = t.mock.method(console, 'warn', () => {})
  const PostHog = definePostHog(Base, Evaluations ?? undefined)
  const server = await DefinitionsServer.start()
  server.setDefinitions({ flags: [flag('on')] })
  const provider = { stored: /** @type {unknown} */ (undefined), ends: 0 }
  const seen = []
  try {
    for (let count = 0; count < 2; count += 1) {
      class Mine extends PostHog {
        #own = 'mine'
        get own() {
          return this.#own
        }
      }
      const client = new Mine('phc_project', {
        host: server.url,
        secretKey: 'phs_secret',
        featureFlagsPollingInterval: null,
        flagDefinitionCacheProvider: {
          getFlagDefinitions: () => JSON.stringify({ flags: [flag('on')] }),
          shouldFetchFlagDefinitions: () => false,
          onFlagDefinitionsReceived() {},
          shutdown: () => void (provider.ends += 1),
        },
        ...options,
      })
      await client.waitForLocalEvaluationReady(5000)
      seen.push({
        flags: await client.getAllFlags('a', { onlyEvaluateLocally: true }),
        engine: client.localEvaluationEngine,
        own: client.own,
        isInstance: client instanceof Mine && client instanceof Base,
      })
      await client.shutdown()
    }
  } finally {
    await server.close()
    warn.mock.restore()
  }
  const warnings = warn.mock.calls.map(({ arguments: [line] }) => String(line))
  return {
    seen,
    warnings: warnings.filter((line) => line.includes('posthog-node-native')),
    providerEnds: provider.ends,
  }
}

const STILL = { flags: { on: true }, engine: 'javascript', own: 'mine', isInstance: true }

test('the installed posthog-node has the seam as it is expected, in both module systems', async () => {
  /** @type {any} */
  const esm = await import('posthog-node')
  for (const module of [posthogNode, esm]) {
    assert.deepEqual(findClassProblems(module.PostHog, module.FeatureFlagEvaluations), [])
    const client = new module.PostHog('phc_project', { host: 'http://127.0.0.1:1' })
    assert.deepEqual(findClientProblems(client), [])
    await client.shutdown()
  }
})

for (const [version, { problem, ...classes }] of Object.entries(VERSIONS)) {
  test(`over a posthog-node with ${version}, that evaluates flags itself, after one warning`, async (t) => {
    const { seen, warnings, providerEnds } = await useTwo(t, classes, {})
    assert.deepEqual(seen, [STILL, STILL])
    assert.equal(warnings.length, 1, warnings.join('\n'))
    assert.ok(warnings[0].includes(`is not as 5.70.0 is: ${problem}. Remedy: install posthog-node 5.70.0`), warnings[0])
    assert.equal(providerEnds, 2, 'a client that was given up must not have touched the provider')
  })

  test(`over a posthog-node with ${version}, engine: 'javascript' says nothing`, async (t) => {
    const { seen, warnings } = await useTwo(t, classes, { native: { engine: 'javascript' } })
    assert.deepEqual(seen, [STILL, STILL])
    assert.deepEqual(warnings, [])
  })

  test(`over a posthog-node with ${version}, engine: 'native' is an error`, async (t) => {
    await assert.rejects(useTwo(t, classes, { native: { engine: 'native' } }), (/** @type {any} */ error) => {
      assert.deepEqual([error.name, error.code], ['SeamError', 'ERR_POSTHOG_NATIVE_SEAM'])
      assert.ok(error.message.includes(problem), error.message)
      return true
    })
  })
}

test('a client whose source cannot be read, as from bytecode, is taken to be as expected', () => {
  const hidden = new Proxy(STOCK, {})
  assert.equal(Function.prototype.toString.call(hidden), 'function () { [native code] }')
  assert.deepEqual(findClassProblems(hidden, FeatureFlagEvaluations), [])
})

test('everything that is missing in a client is named', () => {
  assert.deepEqual(findClientProblems({ options: null, _events: {} }), [
    'the client has no options',
    'the client has no host',
    'the client has no apiKey',
    'the client has no _events.emit',
  ])
})

test('a client that knows the fields by other names is not as expected', () => {
  class Other {
    evaluateFlags() {}
    getCustomHeaders() {}
    _getFeatureFlagEvaluationsHost() {}
    shutdown() {}
  }
  assert.deepEqual(findClassProblems(Other, FeatureFlagEvaluations), [
    'the client knows no featureFlagsPoller',
    'the client knows no _flagOverrides',
    'the client knows no _payloadOverrides',
    'the client knows no _minimalFlagCalledEvents',
  ])
})

test("a mock of posthog-node in a user's tests is used as it is, without a warning", (t) => {
  const warn = t.mock.method(console, 'warn', () => {})
  /** @type {unknown[][]} */
  const made = []
  class Mock {
    /** @param {unknown[]} args */
    constructor(...args) {
      made.push(args)
    }
    capture() {
      return 'mocked'
    }
  }
  const PostHog = definePostHog(Mock, undefined)
  const options = { secretKey: 'phs_secret', host: 'http://127.0.0.1:1' }
  const client = new PostHog('phc_project', options)
  assert.deepEqual(made, [['phc_project', options]])
  assert.equal(client.capture(), 'mocked')
  assert.equal(client.localEvaluationEngine, undefined)
  assert.equal(warn.mock.callCount(), 0)
})
