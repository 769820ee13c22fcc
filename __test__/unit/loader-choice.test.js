'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { closing } = require('../support/closing')
const { createLoader, wantsDefinitionLoader } = require('../../lib/client/loader-choice')
const { readNativeOptions } = require('../../lib/client/options')
const { DefinitionLoader } = require('../../lib/loading/definition-loader')
const { FixedDefinitions } = require('../../lib/loading/fixed-definitions')
const { FixedLoader } = require('../../lib/loading/fixed-loader')
const { Snapshot } = require('../../lib/evaluation/snapshot')
const { SILENT } = require('../../lib/evaluation/silent')
const { OfflineLoader } = require('../../lib/loading/offline-loader')

const FIXED = new FixedDefinitions({ flags: [] })
const PROVIDER = { shutdown: () => {} }

/** @param {object} options @returns {any} */
const optionsOf = (options) => ({
  host: 'http://127.0.0.1:1',
  projectApiKey: 'phc_project',
  pollingInterval: null,
  requestTimeout: 1000,
  customHeaders: {},
  native: readNativeOptions({}),
  ...options,
})

test('definitions are loaded with a key, from a cache or from a file, and not where they are given', (t) => {
  const file = { native: readNativeOptions({ file: '/nowhere/flags' }) }
  for (const [options, Loader] of /** @type {[object, any][]} */ ([
    [{}, OfflineLoader],
    [{ personalApiKey: '' }, OfflineLoader],
    [{ personalApiKey: 'phs_secret' }, DefinitionLoader],
    [{ cacheProvider: PROVIDER }, DefinitionLoader],
    [file, DefinitionLoader],
    [{ cacheProvider: FIXED }, FixedLoader],
    [{ cacheProvider: FIXED, personalApiKey: 'phs_secret' }, FixedLoader],
  ])) {
    const loader = createLoader(optionsOf(options), /** @type {any} */ ({}))
    closing(t, () => loader.stop(0))
    assert.equal(loader.constructor, Loader)
    assert.equal(wantsDefinitionLoader(optionsOf(options)), Loader === DefinitionLoader)
  }
})

test('definitions that are given are read for the contexts and with the semantics of the client', () => {
  const flags = ['web', 'app'].map((context) => ({
    ...{ key: `for ${context}`, active: true, evaluation_contexts: [context] },
    filters: { groups: [{ properties: [{ key: 'plan', value: 'pro', operator: 'is_not', type: 'person' }] }] },
  }))
  const cacheProvider = new FixedDefinitions({ flags })
  const given = (/** @type {object} */ options) => {
    /** @type {any} */
    let snapshot
    const newDefinitions = (/** @type {any} */ definitions) =>
      (snapshot = new Snapshot(definitions, undefined, undefined, true))
    const listener = /** @type {any} */ ({ newDefinitions, loaded: () => {} })
    createLoader(optionsOf({ cacheProvider, ...options }), listener).begin()
    const kari = { distinctId: 'kari', groups: {}, personProperties: {}, groupProperties: {} }
    return [snapshot.keys, snapshot.valueOf(snapshot.featureFlags[0], kari, SILENT)]
  }
  assert.deepEqual(given({}), [['for web', 'for app'], undefined])
  assert.deepEqual(given({ evaluationContexts: ['web'] }), [['for web'], undefined])
  const native = readNativeOptions({ semantics: 'server' })
  assert.deepEqual(given({ native }), [['for web', 'for app'], true])
})
