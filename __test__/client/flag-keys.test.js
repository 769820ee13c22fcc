'use strict'

// `flagKeys` of every kind, in posthog-node's client and in ours.

const assert = require('node:assert/strict')
const test = require('node:test')

const { NATIVE, STOCK, flag } = require('../support/observe')
const { memoryProvider } = require('../support/providers')

const DEFINITIONS = { flags: [flag('a'), flag('b'), flag('1'), flag('toString')], group_type_mapping: {}, cohorts: {} }

/** A value that cannot be looked into. */
function revoked() {
  const { proxy, revoke } = Proxy.revocable([], {})
  revoke()
  return proxy
}

/** @type {Record<string, () => unknown>} */
const KINDS = {
  'a set': () => new Set(['a']),
  'a text': () => 'a',
  'an empty text': () => '',
  'an iterator': () => ['a'].values(),
  'an array-like object': () => ({ length: 1, 0: 'a' }),
  'an array-like object of nothing': () => ({ length: 0 }),
  'a map': () => new Map([['a', true]]),
  null: () => null,
  false: () => false,
  true: () => true,
  'a number': () => 5,
  'a function': () => () => ['a'],
  'an object that maps': () => ({
    map: (/** @type {any} */ to) => ['a'].map(to),
    [Symbol.iterator]: () => ['a'].values(),
  }),
  'an object that maps to nothing': () => ({ map: () => null, [Symbol.iterator]: () => ['a'].values() }),
  'a typed array': () => Uint8Array.of(1),
  'a list with a hole': () => Object.assign(['a'], { 2: 'b' }),
  'a list behind a proxy': () => new Proxy(['b', 'a'], {}),
  'a list that cannot be looked into': revoked,
  'a key that cannot be looked into': () => ['a', revoked()],
  'a key that is a list': () => [['a'], [['b']]],
  'keys that are no text': () => [undefined, null, 1, Symbol('a')],
  'a key whose text throws': () => [{ toString: () => assert.fail('no text') }],
}

/** @type {Record<string, (client: any, options: any) => Promise<unknown>>} */
const CALLS = {
  // posthog-node has them in the order in which it was done with them.
  evaluateFlags: async (client, options) => (await client.evaluateFlags('kari', options)).keys.sort(),
  getAllFlags: (client, options) => client.getAllFlags('kari', options),
  getAllFlagsAndPayloads: (client, options) => client.getAllFlagsAndPayloads('kari', options),
}

/**
 * @param {any} PostHog
 * @param {unknown} cached
 * @param {(client: any) => Promise<unknown>} ask
 * @returns what the call came to, and the errors that listeners were told of
 */
async function outcomeOf(PostHog, cached, ask) {
  const client = new PostHog('phc_project', {
    host: 'http://127.0.0.1:9',
    featureFlagsPollingInterval: null,
    flagDefinitionCacheProvider: memoryProvider({ fetch: false, cached }),
  })
  /** @type {string[]} */
  const errors = []
  await client.waitForLocalEvaluationReady(cached === undefined ? 1 : 10_000)
  client.on('error', (/** @type {Error} */ { message }) => void errors.push(message))
  const answer = await ask(client).catch((error) => `rejects with ${error.name}`)
  await client.shutdown()
  return { answer, errors }
}

for (const [what, make] of Object.entries(KINDS)) {
  test(`flagKeys that are ${what} come to what they come to in posthog-node, and are no failure of the evaluator`, async () => {
    for (const [name, call] of Object.entries(CALLS)) {
      for (const cached of [DEFINITIONS, undefined]) {
        const ask = (/** @type {any} */ client) => call(client, { onlyEvaluateLocally: true, flagKeys: make() })
        const [theirs, ours] = [await outcomeOf(STOCK, cached, ask), await outcomeOf(NATIVE, cached, ask)]
        assert.deepEqual(ours, theirs, `${name}, ${cached ? 'with' : 'without'} definitions`)
      }
    }
  })
}
