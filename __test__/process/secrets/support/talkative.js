'use strict'

// A process in which everything goes wrong with `debug` on: whatever it prints, and all there is to know of each `error`
// event, goes to its output. With a second argument, only a server fails, and it leaks on purpose in three ways.
const { inspect } = require('node:util')

const { PostHog } = require('../../../..')
const { DefinitionsServer } = require('../../../support/definitions-server')
const { definitions, PROPERTIES, throwingProperties } = require('./definitions')
const { SECRETS } = require('./secrets')

const transport = process.argv[2]
const leaks = process.argv[3] !== undefined

const text = JSON.stringify(definitions)
const half = text.slice(0, text.length / 2)
const ANSWERS = {
  ...Object.fromEntries(
    [400, 401, 402, 403, 404, 429, 500, 502, 503].map((status) => [status, { status, body: 'no' }])
  ),
  definitions: { body: definitions },
  garbage: { body: '<html>' },
  bytes: { body: Buffer.from([0xff, 0xfe, 0x00, 0x80]) },
  'other JSON': { body: { detail: 'moved' } },
  'the request itself': {
    body: { detail: { token: SECRETS.projectToken, authorization: `Bearer ${SECRETS.secretKey}` } },
  },
  'flags of another type': { body: { flags: 5 } },
  'malformed flags': {
    body: { flags: [null, 5, { key: 5 }, { key: 'a', filters: 5 }, { key: 'b', filters: { groups: 5 } }] },
  },
  'half a body': { body: half, cutBody: true },
  'half a document': { body: half },
  'a body that never ends': { body: text, hangBody: true },
  'no answer': { hang: true },
  'a reset': { drop: true },
  'a redirect without end': { status: 302, headers: { Location: '/flags/definitions' } },
  'a redirect to nowhere': { status: 302, headers: { Location: 'http://nowhere.invalid/' } },
  'a redirect that repeats the token': {
    status: 302,
    headers: { Location: `http://nowhere.invalid/?token=${SECRETS.projectToken}` },
  },
  'a refusal that repeats the key': { status: 401, body: `invalid key: ${SECRETS.secretKey}` },
  'a limit that repeats the token': { status: 429, headers: { 'Retry-After': SECRETS.projectToken } },
  'an ETag of the token': { headers: { ETag: `"${SECRETS.projectToken}"` }, body: definitions },
  'a broken encoding': { headers: { 'Content-Encoding': 'gzip' }, body: text },
}

/** Where there is no PostHog, or none that can be spoken to. */
const HOSTS = {
  'a closed port': 'http://127.0.0.1:1',
  'no such host': 'http://nowhere.invalid',
  'not a URL': 'http://[',
  'another protocol': 'ftp://127.0.0.1',
}

const fail = (/** @type {unknown} */ error) => () => {
  throw error
}
const working = {
  shouldFetchFlagDefinitions: () => true,
  getFlagDefinitions: () => definitions,
  onFlagDefinitionsReceived: () => undefined,
  shutdown: () => undefined,
}
const PROVIDERS = {
  'that works': working,
  'that reads': { ...working, shouldFetchFlagDefinitions: () => false },
  'without methods': {},
  'that cannot decide': { ...working, shouldFetchFlagDefinitions: fail(new Error('no Redis')) },
  'that cannot read': { ...working, shouldFetchFlagDefinitions: () => false, getFlagDefinitions: fail('no Redis') },
  'that reads nonsense': {
    ...working,
    shouldFetchFlagDefinitions: () => false,
    getFlagDefinitions: () => '{"flags": [',
  },
  'that repeats a key': { ...working, shouldFetchFlagDefinitions: fail(new Error(`bad key: ${SECRETS.secretKey}`)) },
  'that reads nonsense with a key in it': {
    ...working,
    shouldFetchFlagDefinitions: () => false,
    getFlagDefinitions: () => `{"flags": ["${SECRETS.secretKey}", "${SECRETS.projectToken}`,
  },
  'that never decides': { ...working, shouldFetchFlagDefinitions: () => new Promise(() => {}) },
  'that never reads': {
    ...working,
    shouldFetchFlagDefinitions: () => false,
    getFlagDefinitions: () => new Promise(() => {}),
  },
  'that never stores': { ...working, onFlagDefinitionsReceived: () => new Promise(() => {}) },
  'that never shuts down': { ...working, shutdown: () => new Promise(() => {}) },
  'that cannot store': { ...working, onFlagDefinitionsReceived: async () => fail(new Error('no Redis'))() },
  'that cannot shut down': { ...working, shutdown: fail(undefined) },
}

async function main() {
  const server = await DefinitionsServer.start()
  server.setDefinitions(definitions, { etag: '"1"' })
  for (const [name, answer] of Object.entries(leaks ? { 500: ANSWERS[500] } : ANSWERS)) {
    server.setFault(answer)
    await go(`an answer: ${name}`, { host: server.url })
  }
  server.setFault(undefined)
  if (!leaks) await goElsewhere(server)
  await server.close()
}

/**
 * Hosts, keys and providers of every kind.
 *
 * @param {DefinitionsServer} server
 */
async function goElsewhere(server) {
  for (const [name, host] of Object.entries(HOSTS)) {
    await go(`a host: ${name}`, { host })
  }
  await go('TLS with a server that speaks none', { host: server.url.replace('http', 'https') })
  await go('a key that no header can carry', { host: server.url, secretKey: `${SECRETS.secretKey}\u0001` })
  await go('a key that is no Latin-1', { host: server.url, secretKey: `${SECRETS.secretKey}\u0100` })
  for (const [name, provider] of Object.entries(PROVIDERS)) {
    await go(`a provider ${name}`, { host: server.url, flagDefinitionCacheProvider: provider })
  }
}

/**
 * One client that loads twice and evaluates everything after each load.
 *
 * @param {string} what
 * @param {object} options
 */
async function go(what, options) {
  console.log(`== ${what}`)
  const client = new PostHog(SECRETS.projectToken, {
    secretKey: SECRETS.secretKey,
    featureFlagsPollingInterval: null,
    requestTimeout: 100,
    ...(transport === 'user' && { fetch: (/** @type {string} */ url, /** @type {any} */ init) => fetch(url, init) }),
    native: { providerTimeoutMs: 100, ...(transport !== 'user' && { transport }) },
    ...options,
  })
  client.debug()
  client.on('error', (/** @type {any} */ error) => {
    if (leaks) error.request = { headers: { authorization: `Bearer ${SECRETS.secretKey}` } }
    console.log('error event', inspect(error, { depth: Infinity, showHidden: true }))
  })
  for (let load = 0; load < 2; load += 1) {
    await client.reloadFeatureFlags()
    await evaluate(client)
  }
  if (leaks) console.log(SECRETS.projectToken)
  if (leaks) console.error(Buffer.from(`who: ${SECRETS.personProperty}`).toString('base64'))
  await client.shutdown(200)
}

/** @param {any} client */
async function evaluate(client) {
  for (const personProperties of [PROPERTIES, throwingProperties()]) {
    const options = {
      personProperties,
      groups: { company: 'acme' },
      groupProperties: { company: personProperties },
      onlyEvaluateLocally: true,
      sendFeatureFlagEvents: false,
    }
    // Before the first load each call would wait for another one.
    const keys = client.isLocalEvaluationReady() ? definitions.flags.map(({ key }) => key) : ['exact-0']
    for (const key of keys) {
      await client.getFeatureFlag(key, 'somebody', options).catch(report)
    }
    await client.getAllFlagsAndPayloads('somebody', options).catch(report)
    await client.evaluateFlags('somebody', options).catch(report)
  }
}

/** @param {unknown} error */
function report(error) {
  console.log('rejected', inspect(error, { depth: Infinity, showHidden: true }))
}

main()
