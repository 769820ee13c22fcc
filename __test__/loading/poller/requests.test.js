'use strict'

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')

const { NATIVE, STOCK, flag, observe } = require('../../support/observe')
const { TRANSPORTS } = require('../../support/transports')

/** @type {Record<string, import('../../support/observe').Scenario>} */
const SAME_AS_POSTHOG_NODE = {
  'a first load': {},
  'a first load without an ETag, then another': { loads: 2 },
  'a run of 304': { etag: 'W/"1"', loads: 3 },
  'a 304 that names a newer ETag': {
    etag: '"1"',
    loads: 3,
    answers: [
      { headers: { ETag: '"1"' }, body: { flags: [flag('on')] } },
      { status: 304, headers: { ETag: '"2"' } },
    ],
  },
  'definitions that change': {
    etag: '"1"',
    loads: 3,
    between: (_client, server, load) =>
      load === 1 && server.setDefinitions({ flags: [flag('on'), flag('new')] }, { etag: '"2"' }),
  },
  'an ETag that is no longer sent': {
    loads: 3,
    answers: [{ headers: { ETag: '"1"' }, body: { flags: [] } }],
  },
  'refusals with 401, then a recovery': { answers: [{ status: 401 }, { status: 401 }], loads: 4 },
  'a refusal after a 304 that ended one': {
    etag: '"1"',
    answers: [
      { headers: { ETag: '"1"' }, body: { flags: [flag('on')] } },
      { status: 429 },
      { status: 304 },
      { status: 429 },
    ],
    loads: 4,
    options: { featureFlagsPollingInterval: 20_000 },
  },
  'refusals of each kind in a row': { answers: [{ status: 401 }, { status: 403 }, { status: 429 }], loads: 3 },
  'refusals with a short interval': {
    answers: [{ status: 429 }, { status: 429 }],
    loads: 2,
    options: { featureFlagsPollingInterval: 10_000.5 },
  },
  'a quota that is used up': { answers: [{ body: { flags: [flag('on')] } }, { status: 402 }], loads: 2 },
  'a quota that is used up from the start': { answers: [{ status: 402 }, { status: 402 }], loads: 2 },
  'server errors and lost connections': {
    etag: '"1"',
    loads: 6,
    answers: [
      { headers: { ETag: '"1"' }, body: { flags: [flag('on')] } },
      { status: 500, headers: { ETag: '"x"' }, body: 'oops' },
      { status: 503 },
      { status: 404 },
      { drop: true },
    ],
  },
  'a server that never answers': { answers: [{ hang: true }], loads: 2, options: { requestTimeout: 150 } },
  'a body that never ends': { answers: [{ hangBody: true }], loads: 2, options: { requestTimeout: 150 } },
  'an object that is no definitions document': {
    answers: [{ headers: { ETag: '"bad"' }, body: { detail: 'not here', n: 1.0 } }],
    loads: 2,
  },
  'a null body': { answers: [{ body: 'null' }] },
  'an array': { answers: [{ body: '[1, 2]' }] },
  'a primitive body': { answers: [{ body: '17' }] },
  'a body that is not JSON': { answers: [{ body: '<html>' }] },
  'half a body': { answers: [{ body: '{"flags": [' }] },
  'null flags': { answers: [{ body: { flags: null } }] },
  'a byte order mark': { answers: [{ body: '\uFEFF{"flags": []}' }] },
  'a redirect': { answers: [{ status: 302, headers: { Location: '/flags/definitions?elsewhere' } }] },
  'flags with experience continuity': {
    definitions: { flags: [flag('sticky', { ensure_experience_continuity: true }), flag('on')] },
    loads: 2,
  },
  'flags with experience continuity in strict mode': {
    definitions: { flags: [flag('sticky', { ensure_experience_continuity: true })] },
    options: { strictLocalEvaluation: true },
  },
  'a key under its older name': { options: { secretKey: undefined, personalApiKey: 'phx_personal' } },
}

/** posthog-node passes over requests that fail, in silence. */
const isKnownToPostHogNode = (/** @type {unknown[]} */ [, , message]) =>
  !String(message).startsWith('Failed to load feature flags: ')

/** What is raised for an answer to the second request, when the first one brought flags. */
const FAILURES = {
  'HTTP status 500': { status: 500, body: 'phs_secret' },
  'HTTP status 404': { status: 404 },
  'the request timed out': { hang: true },
  'JSON|document|flags': { body: '<html>' },
  'connection|closed|other side|fetch failed': { drop: true },
}

for (const [transport, options] of Object.entries(TRANSPORTS)) {
  describe(`over ${transport}, requests, events, warnings and flags are posthog-node's for`, () => {
    for (const [name, scenario] of Object.entries(SAME_AS_POSTHOG_NODE)) {
      test(name, async () => {
        const both = { ...scenario, options: { ...scenario.options, ...options } }
        const stock = await observe(STOCK, both)
        const native = await observe(NATIVE, both)
        assert.ok(stock.requests.length > 0)
        assert.deepEqual({ ...native, log: native.log.filter(isKnownToPostHogNode) }, stock)
      })
    }
  })

  for (const [cause, failure] of Object.entries(FAILURES)) {
    test(`over ${transport}, ${JSON.stringify(failure)} is raised once a minute, with its cause and the age of what is held`, async () => {
      const { log, flags } = await observe(NATIVE, {
        loads: 3,
        answers: [{ body: { flags: [flag('on')] } }, failure, failure],
        options: { ...options, requestTimeout: 300 },
      })
      assert.equal(log.length, 2)
      assert.deepEqual(log[0], ['loaded', 1])
      const message = String(log[1][2])
      assert.match(
        message,
        /^Failed to load feature flags: .*\. The definitions that were current \d s ago stay in use\.$/
      )
      assert.match(message, new RegExp(cause))
      assert.doesNotMatch(message, /phs_secret|phc_project|http:/)
      assert.deepEqual(flags, ['on'])
    })
  }

  test(`over ${transport}, a Retry-After is waited for by evaluations`, async () => {
    const { requests } = await observe(NATIVE, {
      answers: [{ status: 503, headers: { 'Retry-After': '60' } }],
      options,
      between: (client) => client.getFeatureFlag('on', 'somebody', { onlyEvaluateLocally: true }),
    })
    assert.equal(requests.length, 1)
  })

  test(`over ${transport}, a quota that comes back brings the flags back, where posthog-node stays empty`, async () => {
    const scenario = {
      etag: '"1"',
      loads: 3,
      answers: [{ headers: { ETag: '"1"' }, body: { flags: [flag('on')] } }, { status: 402 }],
      options,
    }
    const stock = await observe(STOCK, scenario)
    const native = await observe(NATIVE, scenario)
    assert.deepEqual(stock.flags, [], 'posthog-node sends the old ETag and is told that nothing changed')
    assert.deepEqual(native.flags, ['on'])
    assert.equal(native.requests[2].ifNoneMatch, undefined)
    assert.deepEqual(native.log.slice(0, 2), stock.log.slice(0, 2))
  })
}

test('an ETag that came with a body that cannot be used is not sent', async () => {
  const scenario = {
    loads: 3,
    answers: [
      { headers: { ETag: '"good"' }, body: { flags: [flag('on')] } },
      { headers: { ETag: '"bad"' }, body: { flags: 5 } },
    ],
  }
  const native = await observe(NATIVE, scenario)
  assert.deepEqual(
    native.requests.map(({ ifNoneMatch }) => ifNoneMatch),
    [undefined, '"good"', '"good"']
  )
})

test("what the user's fetch throws is raised without URL, token and key", async () => {
  const { log } = await observe(NATIVE, {
    options: {
      fetch: (/** @type {string} */ url, /** @type {any} */ { headers }) => {
        throw new Error(`no match for ${url} with ${JSON.stringify(headers)}`)
      },
    },
  })
  assert.match(String(log[0][2]), /no match for \[redacted\]/)
  assert.doesNotMatch(String(log[0][2]), /phs_secret|phc_project|http:/)
})
