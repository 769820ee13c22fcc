'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { closing } = require('../support/closing')
const { NATIVE, STOCK } = require('../support/observe')

const HOST = 'http://127.0.0.1:1'

/**
 * What can be seen of a client right after its construction.
 *
 * @param {any} PostHog
 * @param {unknown[]} args of the constructor
 */
async function construct(PostHog, args) {
  try {
    const client = new PostHog(...args)
    const seen = {
      options: client.options,
      optionNames: Object.keys(client.options).sort(),
      polls: client.featureFlagsPoller !== undefined,
      host: client.host,
      disabled: client.disabled,
    }
    await client.shutdown()
    return seen
  } catch (error) {
    return { thrown: String(error) }
  }
}

class InheritedOptions {
  host = HOST
  get secretKey() {
    return 'phs_inherited'
  }
}

const provider = { getFlagDefinitions: () => undefined, shutdown: () => undefined }

/** @type {Record<string, unknown[]>} */
const CONSTRUCTIONS = {
  'no options': ['phc_project'],
  'undefined options': ['phc_project', undefined],
  'null options': ['phc_project', null],
  'options without a key': ['phc_project', { host: HOST }],
  'a secret key': ['phc_project', { host: HOST, secretKey: 'phs_secret' }],
  'a secret key between blanks': ['  phc_project ', { host: ` ${HOST}/ `, secretKey: ' phs_secret ' }],
  'a blank secret key': ['phc_project', { host: HOST, secretKey: '  ' }],
  'a personal key': ['phc_project', { host: HOST, personalApiKey: 'phx_personal' }],
  'options with getters on their prototype': ['phc_project', new InheritedOptions()],
  'a provider alone': ['phc_project', { host: HOST, flagDefinitionCacheProvider: provider }],
  'a disabled client': ['phc_project', { host: HOST, secretKey: 'phs_secret', disabled: true }],
  'an empty project key': ['', { host: HOST, secretKey: 'phs_secret' }],
  'a project key as secret key': ['phc_project', { host: HOST, secretKey: 'phc_wrong' }],
  'a project key as secret key with local evaluation off': [
    'phc_project',
    { host: HOST, secretKey: 'phc_wrong', enableLocalEvaluation: false },
  ],
  'local evaluation on': ['phc_project', { host: HOST, secretKey: 'phs_secret', enableLocalEvaluation: true }],
  'local evaluation off': ['phc_project', { host: HOST, secretKey: 'phs_secret', enableLocalEvaluation: false }],
  'local evaluation undefined': [
    'phc_project',
    { host: HOST, secretKey: 'phs_secret', enableLocalEvaluation: undefined },
  ],
  'local evaluation null': ['phc_project', { host: HOST, secretKey: 'phs_secret', enableLocalEvaluation: null }],
  'no polling': ['phc_project', { host: HOST, secretKey: 'phs_secret', featureFlagsPollingInterval: null }],
  'a short interval': ['phc_project', { host: HOST, secretKey: 'phs_secret', featureFlagsPollingInterval: 1 }],
}

for (const [name, args] of Object.entries(CONSTRUCTIONS)) {
  test(`with ${name} the client is made, or refused, as posthog-node's`, async (t) => {
    t.mock.method(console, 'error', () => {})
    const stock = await construct(STOCK, args)
    assert.deepEqual(await construct(NATIVE, args), stock)
  })
}

test('the options that were passed are left as they were', async (t) => {
  const options = Object.freeze({ host: HOST, secretKey: 'phs_secret' })
  closing(t, new NATIVE('phc_project', options))
  assert.deepEqual(Object.keys(options), ['host', 'secretKey'])
})

test('a client without local evaluation has no local evaluator', async (t) => {
  const client = closing(t, new NATIVE('phc_project', { host: HOST }))
  assert.equal(client.localEvaluator, undefined)
})
