'use strict'

const assert = require('node:assert/strict')
const { after, before, describe, test } = require('node:test')

const { DefinitionsServer } = require('../../support/definitions-server')
const { NATIVE, STOCK, captureWarnings, flag } = require('../../support/observe')

/** How the transports speak HTTP; every other header must be the same. */
const HEADERS_OF_TRANSPORTS = /^(accept.*|connection|host|sec-fetch-mode)$/

/**
 * @typedef {object} Row
 * @property {import('../../support/definitions-server').ScriptedAnswer[]} [answers] to the first requests
 * @property {number} requests how many to look at
 * @property {(server: DefinitionsServer) => void} [afterTwo] once two requests were answered
 * @property {Record<string, unknown>} [options]
 * @property {boolean} [reloads] by hand instead of polling
 * @property {(string | undefined)[]} ifNoneMatch of each request
 * @property {(string | undefined)[]} [ours] where that is not posthog-node's
 * @property {string[]} flags at the end
 * @property {string[]} [oursFlags] where those are not posthog-node's
 */

const ONE = { headers: { ETag: '"1"' }, body: { flags: [flag('on')] } }

/** @type {Record<string, Row>} */
const TABLE = {
  'a first load': { requests: 1, ifNoneMatch: [undefined], flags: ['on'] },
  'a run of 304': { requests: 5, ifNoneMatch: [undefined, '"1"', '"1"', '"1"', '"1"'], flags: ['on'] },
  'a change': {
    requests: 5,
    afterTwo: (server) => server.setDefinitions({ flags: [flag('on'), flag('new')] }, { etag: '"2"' }),
    ifNoneMatch: [undefined, '"1"', '"1"', '"2"', '"2"'],
    flags: ['on', 'new'],
  },
  '401, backoff and recovery': {
    answers: [{ status: 401 }, { status: 401 }],
    requests: 4,
    ifNoneMatch: [undefined, undefined, undefined, '"1"'],
    flags: ['on'],
  },
  '429 after a load': {
    answers: [ONE, { status: 429 }],
    requests: 4,
    ifNoneMatch: [undefined, '"1"', '"1"', '"1"'],
    flags: ['on'],
  },
  '402, from which ours recovers': {
    answers: [ONE, { status: 402 }],
    requests: 4,
    ifNoneMatch: [undefined, '"1"', '"1"', '"1"'],
    flags: [],
    ours: [undefined, '"1"', undefined, '"1"'],
    oursFlags: ['on'],
  },
  'an answer of 500': {
    answers: [{ status: 500, body: 'oops' }, ONE, { status: 500, headers: { ETag: '"x"' }, body: 'oops' }],
    requests: 5,
    ifNoneMatch: [undefined, undefined, '"1"', '"1"', '"1"'],
    flags: ['on'],
  },
  'a timeout': {
    answers: [ONE, { hang: true }, { ...ONE, headers: { ETag: '"late"' }, hangBody: true }],
    requests: 4,
    options: { requestTimeout: 150 },
    ifNoneMatch: [undefined, '"1"', '"1"', '"1"'],
    flags: ['on'],
  },
  'reloads by hand': {
    requests: 3,
    reloads: true,
    ifNoneMatch: [undefined, '"1"', '"1"'],
    flags: ['on'],
  },
}

/** @type {() => void} */
let restoreWarnings
before(() => {
  restoreWarnings = captureWarnings(() => {})
})
after(() => restoreWarnings())

// Over each transport they are compared load by load, in requests.test.js.
describe("while polling, the same sequence of requests as posthog-node's is sent for", () => {
  for (const [name, row] of Object.entries(TABLE)) {
    test(name, async () => {
      const [stock, native] = await Promise.all([log(STOCK, row), log(NATIVE, row)])
      assert.deepEqual(stock.conditions, row.ifNoneMatch)
      assert.deepEqual(native.conditions, row.ours ?? row.ifNoneMatch)
      assert.deepEqual(native.requests, stock.requests)
      assert.deepEqual(stock.flags, row.flags)
      assert.deepEqual(native.flags, row.oursFlags ?? row.flags)
    })
  }
})

test('a refusal doubles the time to the next request, as with posthog-node', async () => {
  const row = { answers: [{ status: 401 }, { status: 401 }, { status: 401 }], requests: 4, ifNoneMatch: [], flags: [] }
  for (const PostHog of [STOCK, NATIVE]) {
    const { gaps } = await log(PostHog, row)
    const [first, second, third] = gaps
    // A timer may be early by a millisecond; being late is up to the machine.
    assert.ok(first >= 195 && second >= 395 && third >= 795, `${gaps}`)
  }
})

/**
 * @param {any} PostHog
 * @param {Row} row
 */
async function log(PostHog, row) {
  const server = await DefinitionsServer.start()
  server.setDefinitions({ flags: [flag('on')] }, { etag: '"1"' })
  server.script(...(row.answers ?? []))
  const client = new PostHog('phc_project', {
    host: server.url,
    secretKey: 'phs_secret',
    featureFlagsPollingInterval: row.reloads ? null : 100,
    ...row.options,
    native: { pollingJitter: 0 },
  })
  client.on('error', () => {})
  const arrivals = []
  try {
    for (let number = 1; number <= row.requests; number += 1) {
      if (row.reloads) await client.reloadFeatureFlags()
      await server.definitionRequest(number)
      arrivals.push(performance.now())
      if (number === 2) row.afterTwo?.(server)
    }
    // The answer to the last one has arrived when the one after it is sent.
    await (row.reloads ? client.reloadFeatureFlags() : server.definitionRequest(row.requests + 1))
    const requests = server.definitionRequests.slice(0, row.requests)
    return {
      requests: requests.map(withoutConditions),
      conditions: requests.map(({ headers }) => headers['if-none-match']),
      gaps: arrivals.slice(1).map((time, index) => time - arrivals[index]),
      flags: client.getFeatureFlagKeysByEvaluationRuntime('all'),
    }
  } finally {
    await client.shutdown()
    await server.close()
  }
}

/**
 * A request without its condition and what goes with one: whoever holds a tag of its own tells caches on the way to ask
 * the server.
 *
 * @param {import('../../support/definitions-server').RecordedRequest} request
 */
function withoutConditions({ method, path, query, headers }) {
  const { 'if-none-match': condition, 'cache-control': cacheControl, pragma, ...others } = headers
  const expected = condition === undefined ? undefined : 'no-cache'
  assert.deepEqual({ cacheControl, pragma }, { cacheControl: expected, pragma: expected })
  const telling = Object.entries(others).filter(([name]) => !HEADERS_OF_TRANSPORTS.test(name))
  return { method, path, query, headers: Object.fromEntries(telling) }
}
