'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const { after, before, describe, test } = require('node:test')

const { NATIVE, STOCK, flag } = require('../../support/observe')
const { TRANSPORTS } = require('../../support/transports')

const BODY = JSON.stringify({ flags: [flag('on')] })

/** With `PORT` in place of the server's. What posthog-node asks for there, we ask for. */
const HOSTS = [
  'http://127.0.0.1:PORT',
  'http://127.0.0.1:PORT/',
  'http://127.0.0.1:PORT///',
  ' \n http://127.0.0.1:PORT \t ',
  'http://127.0.0.1:PORT/ ',
  'HTTP://127.0.0.1:PORT',
  'http://localhost:PORT',
  'http://LOCALHOST:PORT',
  'http://localhost.:PORT',
  'http://127.1:PORT',
  'http://0x7f.1:PORT',
  'http://2130706433:PORT',
  'http://[::1]:PORT',
  'http://[0:0::1]:PORT/',
  'http://１２７.0.0.1:PORT',
  'http://ＬＯＣＡＬＨＯＳＴ:PORT',
  'http://localhoſt:PORT',
  'http://local\u00adhost:PORT',
  'http://%6cocalhost:PORT',
  'http://127.0.0.1%3APORT',
  'http://127.0.0.1:PORT/\ud800',
  'http://127.0.0.1:PORT/😀',
  'http://127.0.0.1:PORT/ingest',
  'http://127.0.0.1:PORT/ingest/',
  'http://127.0.0.1:PORT/a b/ž',
  'http://127.0.0.1:PORT/a%20b/%C5%BE%zz',
  'http://127.0.0.1:PORT/a/../b/./c',
  'http://127.0.0.1:PORT?x=1',
  'http://127.0.0.1:PORT/?x=1&y="<>\'',
  'http://127.0.0.1:PORT#part',
  'http://127.0.0.1:PORT/a\tb\nc',
  'http:\\\\127.0.0.1:PORT\\a',
  'http:127.0.0.1:PORT',
  'http:////127.0.0.1:PORT',
  'http://@127.0.0.1:PORT',
  'http://:@127.0.0.1:PORT',
  'http://user:pass-word-1@127.0.0.1:PORT',
  'http://user@127.0.0.1:PORT',
  'http://:pass-word-1@127.0.0.1:PORT/ingest',
  'http://127.0.0.1:0PORT',
  'http://127.0.0.1:0',
  'http://127.0.0.1:80',
  'http://127.0.0.1:443',
  'http://127.0.0.1:99999',
  'http://127.0.0.1:PORTx',
  'http://127.0.0.1 :PORT',
  'http://127.0.0.1:',
  'http://bücher.invalid',
  'http://ｌｏｃａｌｈｏｓｔ:PORT',
  'http://ｌｏｃａｌｈｏｓｔ:PORT/',
  'http://local%68ost:PORT/a%20path',
  'http://a_b.invalid',
  'http://a b.invalid',
  'http://[::1',
  'http://',
  'https://127.0.0.1:PORT',
  '127.0.0.1:PORT',
  'localhost:PORT',
  '//127.0.0.1:PORT',
  '/ingest',
  'ftp://127.0.0.1:PORT',
  'ws://127.0.0.1:PORT',
]

/** What only Node's `fetch` can ask. */
const DATA = `data:application/json,${encodeURIComponent(BODY)}#`

/** What a timer of Node makes of it. */
const TIMEOUTS = [
  ...[undefined, null, 0, -0, NaN, '1', '', true, 10n, {}],
  ...[-1, -Infinity, 0.5, 1, Infinity, 2 ** 31, 2 ** 31 - 1, 2 ** 31 - 0.5, 1e300, 30_000],
]

for (const [transport, options] of Object.entries({ ...TRANSPORTS, 'the usual transport': {} })) {
  describe(`over ${transport}`, () => {
    /** @type {http.Server} */
    let server
    /** @type {unknown[]} */
    let requests
    let delayMs = 0

    before(async () => {
      server = http.createServer((request, response) => {
        requests.push([request.url, request.headers.host, request.headers.authorization])
        setTimeout(() => response.end(BODY), delayMs)
      })
      server.listen(0)
      await once(server, 'listening')
    })

    after(() => {
      server.closeAllConnections()
      server.close()
    })

    /**
     * @param {any} PostHog
     * @param {object} settings
     */
    async function load(PostHog, settings) {
      requests = []
      /** @type {string[]} */
      const errors = []
      const client = new PostHog('phc_project', {
        secretKey: 'phs_secret',
        featureFlagsPollingInterval: null,
        ...settings,
        ...options,
      })
      client.on('error', (/** @type {Error} */ { message }) => errors.push(message))
      await client.reloadFeatureFlags()
      const ready = client.isLocalEvaluationReady()
      await client.shutdown()
      return { seen: { ready, requests }, errors }
    }

    for (const template of options.native?.transport === 'native' ? HOSTS : [...HOSTS, DATA]) {
      test(`the host ${JSON.stringify(template)} is asked as by posthog-node`, async () => {
        const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
        const settings = { host: template.replace('PORT', String(port)), requestTimeout: 5000 }
        const stock = await load(STOCK, settings)
        const { seen, errors } = await load(NATIVE, settings)
        assert.deepEqual(seen, stock.seen, errors.join())
        assert.equal(errors.length, seen.ready ? 0 : 1)
        assert.doesNotMatch(errors.join(), /phs_secret|phc_project|pass-word-1/)
      })
    }

    for (const requestTimeout of TIMEOUTS) {
      test(`the request timeout ${typeof requestTimeout} ${String(requestTimeout)} is posthog-node's`, async () => {
        const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
        const settings = { host: `http://127.0.0.1:${port}`, requestTimeout }
        delayMs = 100
        const stock = await load(STOCK, settings)
        const { seen, errors } = await load(NATIVE, settings)
        assert.equal(seen.ready, stock.seen.ready, errors.join())
        assert.equal(errors.length, seen.ready ? 0 : 1)
      })
    }
  })
}
