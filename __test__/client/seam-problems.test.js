'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

/** @type {any} */
const posthogNode = require('posthog-node')

const { definePostHog } = require('../../lib/posthog')
const { CLIENT_METHODS, findClassProblems, findClientProblems, findRequestProblems } = require('../../lib/client/seam')
const { findEventProblems } = require('../../lib/events/quick-events-seam')
const { DefinitionsServer } = require('../support/definitions-server')
const { flag } = require('../support/flags')

const { FeatureFlagEvaluations } = posthogNode
const STOCK = posthogNode.PostHog

/** posthog-node's class with one of its methods gone. @param {string} name */
function without(name) {
  class Changed extends STOCK {}
  Object.defineProperty(Changed.prototype, name, { value: undefined })
  return Changed
}

/** posthog-node's class under another version. @param {string} version */
function released(version) {
  return class extends STOCK {
    getLibraryVersion() {
      return version
    }
  }
}

/** posthog-node's evaluations, made from something else than what they are given. @param {(init: any) => any} change */
function evaluationsOf(change) {
  return class extends FeatureFlagEvaluations {
    /** @param {any} init */
    constructor(init) {
      super(change(init))
    }
  }
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
  'a method renamed in FeatureFlagEvaluations': {
    Evaluations: class extends FeatureFlagEvaluations {
      /** @type {any} */
      getFlag = undefined
    },
    problem: 'FeatureFlagEvaluations cannot be used as expected (TypeError: evaluations.getFlag is not a function)',
  },
  'evaluations that are made from records under another name': {
    Evaluations: evaluationsOf(({ host, records = {} }) => ({ host, distinctId: '', flags: records })),
    problem:
      'FeatureFlagEvaluations takes no distinctId, groups, disableGeoip, flags, unresolvedFlags, flagDefinitionsLoadedAt',
  },
  'evaluations that know no unresolved flags': {
    Evaluations: evaluationsOf(({ host, distinctId, groups, disableGeoip, flags, flagDefinitionsLoadedAt }) => ({
      ...{ host, distinctId, groups, disableGeoip, flags, flagDefinitionsLoadedAt },
    })),
    problem: 'FeatureFlagEvaluations takes no unresolvedFlags',
  },
  'evaluations whose records have other members': {
    Evaluations: class extends FeatureFlagEvaluations {
      /** @param {string} key */
      getFlag(key) {
        return /** @type {any} */ (this)._flags[key]?.value
      }
    },
    problem: 'getFlag of FeatureFlagEvaluations does not give what it was made with',
  },
  'evaluations that are made by a function alone': {
    Evaluations: class {
      constructor() {
        throw new TypeError('Illegal constructor')
      }
    },
    problem: 'FeatureFlagEvaluations cannot be used as expected (TypeError: Illegal constructor)',
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
    assert.deepEqual(findRequestProblems(module.PostHog), [])
    assert.deepEqual(findEventProblems(module.PostHog), [])
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
    assert.ok(warnings[0].includes(`is not compatible with posthog-node 5.70.0: ${problem}`), warnings[0])
    assert.ok(warnings[0].includes('. Remedy: find out what changes its classes here'), warnings[0])
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

/** Whom to install is said by what is installed. @type {[string, string][]} */
const REMEDIES = [
  ['5.56.1', 'install posthog-node 5.57.0 or newer'],
  ['5.9.0', 'install posthog-node 5.57.0 or newer'],
  ['5.57.0', 'find out what changes its classes here, such as a patch, a mock or a bundler'],
  ['5.70.1', 'install a newer posthog-node-native, or posthog-node 5.70.0'],
  ['5.99.0', 'install a newer posthog-node-native, or posthog-node 5.70.0'],
  ['5.100.0-beta.1', 'install a newer posthog-node-native, or posthog-node 5.70.0'],
  ['6.0.0', 'install a newer posthog-node-native, or posthog-node 5.70.0'],
  ['next', 'install posthog-node 5.70.0'],
]

for (const [version, remedy] of REMEDIES) {
  test(`where posthog-node ${version} cannot be joined, the remedy is to ${remedy}`, async (t) => {
    const { seen, warnings } = await useTwo(t, { Base: released(version), Evaluations: null }, {})
    assert.deepEqual(seen, [STILL, STILL])
    assert.equal(warnings.length, 1)
    assert.ok(warnings[0].includes(`. Remedy: ${remedy}`), warnings[0])
  })
}

test('members that are not known, of a client or of its evaluations, are no obstacle', async (t) => {
  class Newer extends released('5.99.0') {
    warmUp() {
      return this.host
    }
  }
  class Evaluations extends FeatureFlagEvaluations {
    toJSON() {
      return Object.fromEntries(this.keys.map((/** @type {string} */ key) => [key, this.getFlag(key)]))
    }
  }
  const { seen, warnings } = await useTwo(t, { Base: Newer, Evaluations }, {})
  const native = { ...STILL, engine: 'native' }
  assert.deepEqual(seen, [native, native])
  assert.deepEqual(warnings, [])
})

test('a client whose source cannot be read, as from bytecode, is taken to be as expected', () => {
  const hidden = new Proxy(STOCK, {})
  assert.equal(Function.prototype.toString.call(hidden), 'function () { [native code] }')
  assert.deepEqual(findClassProblems(hidden, FeatureFlagEvaluations), [])
})

test('a client that a compiler made into functions is taken to be as expected', () => {
  /** @this {any} */
  function Lowered() {}
  Object.setPrototypeOf(Lowered, STOCK)
  Lowered.prototype = Object.create(STOCK.prototype)
  assert.deepEqual(findClassProblems(Lowered, FeatureFlagEvaluations), [])
})

test('evaluations that take what they need when it is asked for are as expected', () => {
  class Late {
    /** @param {any} init */
    constructor(init) {
      this.init = init
    }
    get _made() {
      return new FeatureFlagEvaluations(this.init)
    }
    get keys() {
      return this._made.keys
    }
    get unresolvedFlags() {
      return this._made.unresolvedFlags
    }
    /** @param {string} key */
    getFlag(key) {
      return this._made.getFlag(key)
    }
    /** @param {string} key */
    getFlagPayload(key) {
      return this._made.getFlagPayload(key)
    }
    /** @param {string} key */
    isEnabled(key) {
      return this._made.isEnabled(key)
    }
  }
  assert.deepEqual(findClassProblems(STOCK, Late), [])
})

test('each method that is called or overridden here is missed', () => {
  for (const name of CLIENT_METHODS) {
    assert.deepEqual(findClassProblems(without(name), FeatureFlagEvaluations), [`PostHog has no method ${name}`])
  }
})

test('everything that is missing in a client is named', () => {
  assert.deepEqual(findClientProblems({ options: null, _events: {} }), [
    'the client has no options',
    'the client has no host',
    'the client has no apiKey',
    'the client has no disabled',
    'the client has no _events.emit',
  ])
})

test('a client that knows the fields by other names is not as expected', () => {
  class Other {
    debug() {}
    evaluateFlags() {}
    flush() {}
    getCustomHeaders() {}
    _getFeatureFlagEvaluationsHost() {}
    on() {}
    personPropertiesForLocalEvaluation() {}
    shutdown() {}
    waitForLocalEvaluationReady() {}
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
