'use strict'

const assert = require('node:assert/strict')
const { readdirSync, readFileSync } = require('node:fs')
const { after, before, beforeEach, describe, it } = require('node:test')

const { PostHog } = require('../../index.js')
const { DefinitionsServer } = require('../support/definitions-server.js')
const { flag } = require('../support/flags.js')
const { Folder, run, runHere } = require('./support/command.js')

const [PROJECT_KEY, SECRET_KEY] = ['phc_projectkey17', 'phs_secretkey42']
const TEXT = `{ "flags": [${JSON.stringify(flag('søk'))}],\n "cohorts": {}, "later": 5 }`

/** @type {DefinitionsServer} */
let server

/** @param {string[]} args @param {{ cwd?: string, env?: Record<string, string>, by?: typeof run }} [how] */
function fetchBy(args, { cwd, env, by = runHere } = {}) {
  const keys = { POSTHOG_PROJECT_API_KEY: PROJECT_KEY, POSTHOG_SECRET_KEY: SECRET_KEY, POSTHOG_HOST: server.url }
  return by(['fetch', ...args], { cwd, env: { ...keys, ...env } })
}

describe('fetch', () => {
  before(async () => {
    server = await DefinitionsServer.start()
  })
  beforeEach(() => {
    server.setDefinitions(TEXT, { etag: '"1"' })
    server.requests.length = 0
  })
  after(() => server.close())

  it('writes the definitions as they came, by one request, for a client to start from', async (t) => {
    const folder = new Folder(/** @type {any} */ (t), {})
    const { code, stdout, stderr } = await fetchBy(['--output', 'flags.json'], { cwd: folder.path, by: run })
    assert.deepEqual([code, stdout], [0, ''], stderr)
    assert.equal(stderr, `1 flags, ${Buffer.byteLength(TEXT)} bytes, written to flags.json\n`)
    assert.equal(readFileSync(folder.file('flags.json'), 'utf8'), TEXT)
    assert.deepEqual(readdirSync(folder.path), ['flags.json'])
    assert.equal(server.definitionRequests.length, 1)
    const client = new PostHog('phc_project', { native: { bootstrap: readFileSync(folder.file('flags.json')) } })
    assert.equal(client.localEvaluator?.getFeatureFlag('søk', 'kari'), true)
  })

  it('prints them without a file to write to', async () => {
    const { code, stdout } = await fetchBy([], { by: run })
    assert.deepEqual([code, stdout], [0, TEXT])
  })

  it('leaves a file as it is where there is a problem, says what to do, and shows no key', async (t) => {
    const folder = new Folder(/** @type {any} */ (t), { 'flags.json': 'before' })
    /** @type {[object, Record<string, string>, RegExp][]} */
    const cases = [
      [{ status: 401 }, {}, /key/],
      [{ status: 500 }, {}, /500/],
      [{ status: 200, body: '{"flags":' }, {}, /→/],
      [{}, { POSTHOG_SECRET_KEY: '' }, /set the secret key in POSTHOG_SECRET_KEY in the environment/],
      [{}, { POSTHOG_SECRET_KEY: PROJECT_KEY }, /swap them/],
      [{}, { POSTHOG_HOST: 'http://127.0.0.1:1' }, /refuses connections/],
    ]
    for (const [answer, env, message] of cases) {
      server.setFault('status' in answer ? /** @type {any} */ (answer) : undefined)
      const { code, stdout, stderr } = await fetchBy(['-o', 'flags.json'], { cwd: folder.path, env })
      assert.deepEqual([code, stdout], [1, ''], stderr)
      assert.match(stderr, /^problem: /)
      assert.match(stderr, message)
      assert.doesNotMatch(stderr, new RegExp(`${PROJECT_KEY}|${SECRET_KEY}`))
      assert.equal(readFileSync(folder.file('flags.json'), 'utf8'), 'before')
    }
    server.setFault(undefined)
    const { code, stderr } = await fetchBy(['-o', 'missing/flags.json'], { cwd: folder.path })
    assert.equal(code, 1)
    assert.match(stderr, /ENOENT/)
  })

  it('is used wrongly with anything else', async () => {
    for (const args of [['flags.json'], ['--file', 'x'], ['--timeout', '0']]) {
      assert.equal((await fetchBy(args)).code, 2)
    }
    assert.equal(server.requests.length, 0)
    assert.match((await fetchBy(['--help'])).stdout, /Usage: posthog-node-native fetch/)
  })
})
