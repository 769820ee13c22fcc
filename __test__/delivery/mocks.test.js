'use strict'

const assert = require('node:assert/strict')
const { execFile } = require('node:child_process')
const path = require('node:path')
const { describe, test } = require('node:test')
const { promisify } = require('node:util')

const { closing } = require('../support/closing')
const { EventServer } = require('../support/event-server')

const run = promisify(execFile)
const PACKAGE = path.join(__dirname, '../../index.js')

/** What each of these sees is noted in `seen`, and answered by `answerTo`. */
const PRELUDE = `
  const seen = []
  const answerTo = (url) => {
    const { pathname } = new URL(url)
    seen.push(pathname)
    return pathname === '/flags/definitions' ? { flags: [] } : { flags: {}, status: 'Ok' }
  }
`

/** All requests that a client makes: for definitions, for flags, and with an event. */
const LIVE = `
  const main = async (PostHog) => {
    const client = new PostHog('phc_project', { host: HOST, secretKey: 'phs_secret', fetchRetryCount: 0, ...OPTIONS })
    MADE(client)
    await client.reloadFeatureFlags()
    client.capture({ distinctId: 'somebody', event: 'event' })
    await client.flush()
    await client.getRemoteConfigPayload('key')
    await client.shutdown()
    console.log(JSON.stringify({ seen: [...new Set(seen)].sort() }))
  }
`

/** Where each is put in place. @type {Record<string, { setUp?: string, made?: string, options?: string, env?: Record<string, string> }>} */
const MOCKS = {
  "a spy in place of globalThis.fetch, as jest's and vitest's": {
    setUp: 'globalThis.fetch = async (url) => Response.json(answerTo(url))',
  },
  'a wrapper around globalThis.fetch, as of tracing': {
    setUp: `const before = globalThis.fetch
      globalThis.fetch = function fetch(...args) { answerTo(args[0]); return before(...args) }`,
  },
  'a proxy around globalThis.fetch': {
    setUp: `globalThis.fetch = new Proxy(globalThis.fetch, {
      apply(target, self, args) { answerTo(args[0]); return Reflect.apply(target, self, args) } })`,
  },
  'nock, and with it the interceptors of MSW': {
    setUp: `const nock = require('nock')
      const uris = (method) => nock(HOST).persist()[method](/.*/).reply(200, (uri) => answerTo(new URL(uri, HOST)))
      uris('get'); uris('post')`,
  },
  "undici's MockAgent": {
    setUp: `const { MockAgent, setGlobalDispatcher } = require('undici')
      const agent = new MockAgent()
      agent.disableNetConnect()
      setGlobalDispatcher(agent)
      for (const method of ['GET', 'POST']) {
        agent.get(HOST).intercept({ path: () => true, method })
          .reply(200, ({ path }) => answerTo(new URL(path, HOST)), { headers: { 'content-type': 'application/json' } }).persist()
      }`,
  },
  'a subscriber of the diagnostics channels of undici': {
    setUp: `require('node:diagnostics_channel').subscribe('undici:request:create', ({ request }) =>
      answerTo(new URL(request.path, HOST)))`,
  },
  "a dispatcher of Node's own class with other options": {
    setUp: `Response
      const key = Symbol.for('undici.globalDispatcher.1')
      const { constructor: Agent } = globalThis[key]
      const agent = new Agent({ connect: { timeout: 5000 } })
      const { dispatch } = Agent.prototype
      globalThis[key] = agent
      Agent.prototype.dispatch = function (options, handler) {
        answerTo(new URL(options.path, HOST))
        return dispatch.call(this, options, handler)
      }`,
  },
  'the option fetch': { options: 'fetch: async (url) => Response.json(answerTo(url))' },
}

const EVERYTHING = ['/api/projects/@current/feature_flags/key/remote_config', '/batch/', '/flags/definitions']

/** @param {string} script @param {Record<string, string>} [env] */
async function execute(script, env) {
  const args = ['--no-warnings', '-e', script]
  const { stdout } = await run(process.execPath, args, {
    env: { ...process.env, ...env },
    cwd: __dirname,
    timeout: 60_000,
  })
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
}

/** @param {string} host @param {{ before?: string, made?: string, options?: string }} parts */
function scriptOf(host, { before = '', made = '', options = '' }) {
  return `${PRELUDE}
    const HOST = ${JSON.stringify(host)}
    const OPTIONS = { ${options} }
    const MADE = (client) => { ${made} }
    ${before}
    ${LIVE}
    main(require(${JSON.stringify(PACKAGE)}).PostHog)`
}

for (const [title, { setUp = '', options }] of Object.entries(MOCKS)) {
  describe(`every request is seen by ${title}`, () => {
    test('that was there before this package', async (t) => {
      const server = closing(t, await EventServer.start())
      const { seen } = await execute(scriptOf(server.url, { before: setUp, options }))
      assert.deepEqual(seen, EVERYTHING)
    })
    // An option is there from the start.
    if (setUp !== '') {
      test('that came after the client', async (t) => {
        const server = closing(t, await EventServer.start())
        // Definitions may have been asked for before.
        const { seen } = await execute(scriptOf(server.url, { made: setUp, options }))
        assert.deepEqual(seen, EVERYTHING)
      })
    }
  })
}

/** Who carried the requests that arrived. @param {EventServer} server */
const carriers = ({ received }) =>
  [...new Set(received.map(({ headers }) => (headers['accept-encoding']?.includes('zstd') ? 'Rust' : 'fetch')))].sort()

test('Rust carries all requests where there is nothing of the kind', async (t) => {
  const server = closing(t, await EventServer.start())
  await execute(scriptOf(server.url, {}))
  assert.deepEqual(new Set(server.received.map(({ path }) => path.split('?')[0])), new Set(EVERYTHING))
  assert.deepEqual(carriers(server), ['Rust'])
})

test('Rust carries them where fetch was used before, and its dispatcher is the default', async (t) => {
  const server = closing(t, await EventServer.start())
  await execute(scriptOf(server.url, { before: 'Response; new Headers()' }))
  assert.deepEqual(carriers(server), ['Rust'])
})

test('fetch carries them where certificates are not checked, or the transport says so', async (t) => {
  for (const [options, env] of /** @type {const} */ ([
    ['', { NODE_TLS_REJECT_UNAUTHORIZED: '0' }],
    ["native: { transport: 'fetch' }", {}],
    ["native: { engine: 'javascript' }", {}],
  ])) {
    const server = closing(t, await EventServer.start())
    await execute(scriptOf(server.url, { options }), env)
    assert.deepEqual(carriers(server), ['fetch'], options)
  }
})

test('Rust carries them whatever there is where the transport says so', async (t) => {
  const server = closing(t, await EventServer.start())
  const before = 'globalThis.fetch = async (url) => Response.json(answerTo(url))'
  const { seen } = await execute(scriptOf(server.url, { before, options: "native: { transport: 'native' }" }))
  assert.deepEqual([seen, carriers(server)], [[], ['Rust']])
})

test("a client's own fetch, replaced by a program, is given bytes", async (t) => {
  for (const made of [
    'client.fetch = (url, options) => { note(options); return fetch(url, options) }',
    'const before = client.fetch; client.fetch = function (url, options) { note(options); return before.call(this, url, options) }',
  ]) {
    const server = closing(t, await EventServer.start())
    const note = "const note = ({ method, body }) => method === 'POST' && seen.push(body?.constructor.name)"
    const { seen } = await execute(scriptOf(server.url, { before: note, made }))
    assert.deepEqual(seen, ['Uint8Array'])
    assert.equal(server.received.filter(({ path }) => path.startsWith('/batch')).length, 1)
  }
})
