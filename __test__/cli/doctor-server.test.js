'use strict'

const assert = require('node:assert/strict')
const { after, before, beforeEach, describe, it } = require('node:test')
const { pathToFileURL } = require('node:url')

const { createCertificates, createSelfSigned } = require('../support/certificates.js')
const { DefinitionsServer } = require('../support/definitions-server.js')
const { Folder, run, runHere } = require('./support/command.js')

const PROJECT_KEY = 'phc_projectkey17/ä'
const SECRET_KEY = 'phs_secretkey"42'
const DEFINITIONS = { flags: [{ key: 'beta', active: true, filters: { groups: [{ properties: [] }] } }] }

/** @type {DefinitionsServer} */
let server

/**
 * @param {string} host
 * @param {string[]} [args]
 * @param {Record<string, string>} [env] what a process has from its beginning
 */
function ask(host, args = [], env) {
  const keys = { POSTHOG_PROJECT_API_KEY: PROJECT_KEY, POSTHOG_SECRET_KEY: SECRET_KEY, POSTHOG_HOST: host }
  return (env === undefined ? runHere : run)(['doctor', '--json', ...args], { env: { ...keys, ...env } })
}

/** @param {any} json @param {string} name */
const checkOf = (json, name) => json.checks.find((/** @type {any} */ check) => check.name === name)

describe('doctor, given keys', () => {
  before(async () => {
    server = await DefinitionsServer.start()
  })
  beforeEach(() => server.setDefinitions(DEFINITIONS, { etag: '"1"' }))
  after(() => server.close())

  it('asks the server as a client does, and once more with the ETag', async () => {
    const { code, json } = await ask(`${server.url}/`, [], {})
    const { status, message, data } = checkOf(json, 'server')
    assert.deepEqual([code, status], [0, 'ok'], message)
    assert.deepEqual([data.transport, data.status, data.conditional, data.host], ['native', 200, true, server.url])
    const [first, second] = server.definitionRequests
    assert.equal(first.headers.authorization, `Bearer ${SECRET_KEY}`)
    assert.match(String(first.headers['user-agent']), /^posthog-node\//)
    assert.match(first.query, /^token=phc_projectkey17/)
    assert.equal(second.headers['if-none-match'], '"1"')
    assert.equal(checkOf(json, 'definitions').data.byDistinctId, 1)
  })

  it('warns of a server that repeats definitions which have not changed', async () => {
    server.setDefinitions(DEFINITIONS)
    const { code, json } = await ask(server.url)
    const { status, message, remedy } = checkOf(json, 'server')
    assert.deepEqual([code, status], [0, 'warning'])
    assert.match(message, /did not answer 304/)
    assert.match(remedy, /If-None-Match/)
  })

  /** @type {[string, any, RegExp, RegExp][]} */
  const ANSWERS = [
    ['304 to a first request', { status: 304 }, /not modified/, /let requests for \/flags\/definitions pass/],
    ['401', { status: 401 }, /does not know .+ key .+\(401\)/, /same project, and the host of its region/],
    ['402', { status: 402 }, /quota .+\(402\)/, /billing limit/],
    ['403', { status: 403 }, /may not read the flag definitions .+\(403\)/, /secret key \(phs_…\)/],
    ['404', { status: 404 }, /has no \/flags\/definitions \(404\)/, /check the host/],
    ['429', { status: 429 }, /asked too often \(429\)/, /flagDefinitionCacheProvider/],
    ['500', { status: 500 }, /in trouble \(500\)/, /try again/],
    ['503', { status: 503 }, /in trouble \(503\)/, /try again/],
    ['418', { status: 418 }, /answered 418/, /check that the host is PostHog/],
    ['a page', { body: '<html>' }, /something else than flag definitions/, /the page of a proxy or a login/],
    ['another document', { body: { detail: 'x' } }, /something else than flag definitions/, /check that the host/],
    ['a cut connection', { drop: true }, /cut the connection/, /try again/],
    ['a cut body', { cutBody: true, body: DEFINITIONS }, /cut the connection/, /try again/],
    ['no answer', { hang: true }, /did not answer in time/, /firewall/],
  ]
  for (const [name, answer, message, remedy] of ANSWERS) {
    it(`explains ${name}`, async () => {
      server.setFault(answer)
      const { code, json } = await ask(server.url, answer.hang ? ['--timeout', '700'] : [])
      server.setFault(undefined)
      const check = checkOf(json, 'server')
      assert.deepEqual([code, json.ok, check.status], [1, false, 'problem'])
      assert.match(check.message, message)
      assert.match(check.remedy, remedy)
      assert.ok(check.message.startsWith(server.url))
    })
  }

  it('explains a port at which nobody listens', async () => {
    const gone = await DefinitionsServer.start()
    const { url } = gone
    await gone.close()
    const { message, remedy } = checkOf((await ask(url)).json, 'server')
    assert.match(message, /refuses connections .+refused/i)
    assert.match(remedy, /check the host and the port/)
  })

  it('explains a host that is not known', async () => {
    const { message, remedy } = checkOf((await ask('https://posthog.invalid')).json, 'server')
    assert.match(message, /has a name that cannot be resolved/)
    assert.match(remedy, /spelling of the host/)
  })

  it('explains a host that is no address', async () => {
    const { message, remedy } = checkOf((await ask('us.i.posthog.com:port')).json, 'server')
    assert.match(message, /has no usable address/)
    assert.match(remedy, /add http:\/\/ or https:\/\//)
  })

  it('explains a certificate that is not trusted, and finds it trusted with NODE_EXTRA_CA_CERTS', async (test) => {
    const certificates = createCertificates()
    test.after(() => certificates.remove())
    const secure = await DefinitionsServer.start({ tls: certificates })
    test.after(() => secure.close())
    secure.setDefinitions(DEFINITIONS, { etag: '"1"' })
    const refused = checkOf((await ask(secure.url)).json, 'server')
    assert.match(refused.message, /certificate that this machine does not trust/)
    assert.match(refused.remedy, /NODE_EXTRA_CA_CERTS/)
    const accepted = checkOf(
      (await ask(secure.url, [], { NODE_EXTRA_CA_CERTS: certificates.authority })).json,
      'server'
    )
    assert.equal(accepted.status, 'ok', accepted.message)
  })

  it('explains https:// where http:// is spoken', async () => {
    const { message, remedy } = checkOf((await ask(server.url.replace('http:', 'https:'))).json, 'server')
    assert.match(message, /does not speak TLS there/)
    assert.match(remedy, /http:\/\/ instead of https:\/\//)
  })

  it('asks by fetch where somebody has replaced it, as a client does, and says why', async (test) => {
    const folder = new Folder(test, { 'way-out.mjs': `globalThis.fetch = async () => Response.json({ flags: [] })` })
    const { json } = await run(['doctor', '--json'], {
      flags: ['--import', pathToFileURL(folder.file('way-out.mjs')).href],
      env: { POSTHOG_KEY: PROJECT_KEY, POSTHOG_SECRET_KEY: SECRET_KEY, POSTHOG_HOST: 'https://posthog.invalid' },
    })
    const { message, data } = checkOf(json, 'server')
    assert.deepEqual([data.transport, data.status], ['fetch', 200])
    assert.match(message, /by Node's fetch \(globalThis\.fetch is not Node's own\)/)
  })

  it("warns where Node's fetch makes the requests in place of the native transport", async (test) => {
    const certificates = createSelfSigned()
    const secure = await DefinitionsServer.start({ tls: certificates })
    test.after(async () => {
      await secure.close()
      certificates.remove()
    })
    secure.setDefinitions(DEFINITIONS, { etag: '"1"' })
    const { code, json } = await ask(secure.url, [], { NODE_EXTRA_CA_CERTS: certificates.authority })
    const { status, message, remedy, data } = checkOf(json, 'server')
    assert.deepEqual([code, status], [0, 'warning'], message)
    assert.deepEqual([data.transport, data.status, data.conditional], ['fetch', 200, true])
    assert.match(
      message,
      /by Node's fetch, accepts the keys.+; the native transport cannot ask it: .+CaUsedAsEndEntity/
    )
    assert.match(remedy, /native: \{ transport: 'fetch' \}/)
  })

  it('says so if keys were exchanged', async () => {
    const { json } = await ask(server.url, [], { POSTHOG_PROJECT_API_KEY: SECRET_KEY, POSTHOG_SECRET_KEY: PROJECT_KEY })
    assert.match(checkOf(json, 'keys').message, /POSTHOG_PROJECT_API_KEY holds a secret or personal key/)
  })

  it('asks nobody with --offline, or without one of the keys', async () => {
    const before = server.requests.length
    assert.equal(checkOf((await ask(server.url, ['--offline'])).json, 'server'), undefined)
    const { json, code } = await ask(server.url, [], { POSTHOG_SECRET_KEY: '' })
    assert.equal(code, 0)
    assert.equal(checkOf(json, 'server').status, 'skipped')
    assert.match(checkOf(json, 'server').message, /set the secret key in POSTHOG_SECRET_KEY/)
    assert.equal(server.requests.length, before)
  })

  it('asks by fetch where the addon is not used', async () => {
    const { json } = await run(['doctor', '--json'], {
      flags: ['--no-addons'],
      env: { POSTHOG_API_KEY: PROJECT_KEY, POSTHOG_PERSONAL_API_KEY: SECRET_KEY, POSTHOG_HOST: server.url },
    })
    const { status, data } = checkOf(json, 'server')
    assert.deepEqual([status, data.transport], ['ok', 'fetch'])
    assert.equal(checkOf(json, 'addon').status, 'problem')
    assert.match(checkOf(json, 'engine').message, /^javascript: posthog-node itself evaluates flags/)
    assert.match(checkOf(json, 'addon').remedy, /start it without --no-addons/)
  })

  it('prints no key, even where the server repeats both', async () => {
    const forms = [PROJECT_KEY, SECRET_KEY].flatMap((key) => [
      key,
      encodeURIComponent(key),
      JSON.stringify(key).slice(1, -1),
    ])
    const echo = { error: `no ${SECRET_KEY}`, token: PROJECT_KEY }
    const talkative = { flags: [{ key: `f-${SECRET_KEY}`, active: true, ensure_experience_continuity: true }] }
    for (const answer of [
      { body: echo },
      { status: 401, body: echo },
      { status: 200, body: talkative },
      { status: 200, body: `${SECRET_KEY} ${PROJECT_KEY}` },
      {
        status: 302,
        headers: { Location: `http://${PROJECT_KEY.slice(0, 14)}.invalid/?token=${PROJECT_KEY.slice(0, 14)}` },
      },
    ]) {
      server.setFault(answer)
      for (const args of [['doctor'], ['doctor', '--json']]) {
        const env = { POSTHOG_API_KEY: PROJECT_KEY, POSTHOG_SECRET_KEY: SECRET_KEY, POSTHOG_HOST: server.url }
        const { stdout, stderr } = await run(args, { env })
        for (const form of forms) {
          assert.ok(!(stdout + stderr).includes(form), `${form} in ${stdout}${stderr}`)
        }
        assert.match(stdout, /server/)
      }
      server.setFault(undefined)
    }
  })
})
