'use strict'

const assert = require('node:assert/strict')
const { readFileSync } = require('node:fs')
const { describe, it } = require('node:test')

const { DefinitionsServer } = require('../support/definitions-server.js')
const { flag } = require('../support/flags.js')
const { Folder, run, runHere } = require('./support/command.js')

/** It keeps a process alive. */
const CONNECTION = '#connection = setInterval(() => {}, 1000)'

/** A cache that notes each call in a file, where the test can read them: `stored` is what it holds at first. */
const CACHE = `
  import { appendFileSync } from 'node:fs'
  export class Cache {
    #calls = new URL('./calls.txt', import.meta.url)
    #stored = STORED
    #note(call) { appendFileSync(this.#calls, call + '\\n') }
    CONNECTION
    getFlagDefinitions() { this.#note('get'); return this.#stored }
    async shouldFetchFlagDefinitions() { this.#note('should'); return LEADS }
    async onFlagDefinitionsReceived(data) { this.#note('store'); this.#stored = STORE }
    async shutdown() { this.#note('shutdown') }
  }
`

/**
 * @param {import('node:test').TestContext} test
 * @param {object} cache
 * @param {string} [cache.stored] an expression
 * @param {string} [cache.leads]
 * @param {string} [cache.store] what is kept of `data`
 * @param {string} [cache.connection]
 * @param {string} [cache.exports]
 */
function cacheModule(
  test,
  { stored = 'undefined', leads = 'true', store = 'data', connection = '', exports = 'export default Cache' }
) {
  const source = CACHE.replace('CONNECTION', connection)
    .replace('STORED', stored)
    .replace('LEADS', leads)
    .replace('STORE', store)
  const folder = new Folder(test, { 'cache.mjs': `${source}\n${exports}`, 'calls.txt': '' })
  return {
    file: folder.file('cache.mjs'),
    calls: () => readFileSync(folder.file('calls.txt'), 'utf8').trim().split('\n').filter(Boolean),
  }
}

/** @param {string[]} args @param {Record<string, string>} [env] @param {typeof run} [how] */
async function doctor(args, env, how = runHere) {
  const { code, json } = await how(['doctor', '--json', ...args], { env })
  const checkOf = (/** @type {string} */ name) => json.checks.find((/** @type {any} */ check) => check.name === name)
  return {
    code,
    read: checkOf('provider'),
    write: checkOf('provider-write'),
    definitions: checkOf('definitions'),
    semantics: checkOf('semantics'),
  }
}

const STORED = JSON.stringify({ flags: [flag('a'), flag('b')] })

describe('doctor, given a provider', () => {
  it('only reads it, and neither asks for the lead nor shuts it down', async (test) => {
    const cache = cacheModule(test, { stored: STORED, connection: CONNECTION })
    const { code, read, write, definitions } = await doctor(['--provider', cache.file], {}, run)
    assert.deepEqual([code, read.status, write.status], [0, 'ok', 'skipped'])
    assert.deepEqual([read.data.form, read.data.flags], ['an object', 2])
    assert.match(write.message, /nothing was written, no lock was asked for and shutdown was not called/)
    assert.match(definitions.message, /^2 flags from the provider/)
    assert.deepEqual(cache.calls(), ['get'])
  })

  it('reads all fields of an object, also those that only the server looks at', async (test) => {
    const filters = { groups: [{ properties: [], rollout_percentage: 0 }], feature_enrollment: true }
    const stored = JSON.stringify({ flags: [{ ...flag('enrolling'), name: 'a name', filters }] })
    const cache = cacheModule(test, { stored })
    const { semantics, write } = await doctor(['--provider', cache.file, '--provider-write'])
    assert.deepEqual(
      semantics.data.different.map((/** @type {any} */ { key }) => key),
      ['enrolling']
    )
    assert.equal(write.status, 'ok')
  })

  /** @type {[string, string][]} */
  const EXPORTS = [
    ['a class', 'export default Cache'],
    ['an instance', 'export default new Cache()'],
    ['a factory', 'export default () => new Cache()'],
    ['an asynchronous factory', 'export default async () => new Cache()'],
    ['a class by name alone', ''],
  ]
  for (const [what, exports] of EXPORTS) {
    it(`takes ${what}`, async (test) => {
      const cache = cacheModule(test, { stored: STORED, exports })
      assert.equal((await doctor(['--provider', cache.file])).read.status, 'ok')
    })
  }

  it('takes a CommonJS module', async (test) => {
    const source = `exports.flags = {
      getFlagDefinitions: () => '{"flags":[]}', shouldFetchFlagDefinitions() {}, onFlagDefinitionsReceived() {}, shutdown() {} }`
    const folder = new Folder(test, { 'cache.cjs': source })
    const { read } = await doctor(['--provider', folder.file('cache.cjs')])
    assert.deepEqual([read.status, read.data.form], ['ok', 'text'])
  })

  it('reads text and bytes', async (test) => {
    for (const [stored, form] of [
      [JSON.stringify(STORED), 'text'],
      [`new TextEncoder().encode(${JSON.stringify(STORED)})`, 'bytes'],
    ]) {
      const { read } = await doctor(['--provider', cacheModule(test, { stored }).file])
      assert.deepEqual([read.status, read.data.form, read.data.flags], ['ok', form, 2])
    }
  })

  it('warns of an empty cache', async (test) => {
    const { code, read } = await doctor(['--provider', cacheModule(test, {}).file])
    assert.deepEqual([code, read.status, read.data.found], [0, 'warning', false])
  })

  /** @type {[string, string, RegExp][]} */
  const PROBLEMS = [
    ['throws', `(() => { throw new Error('no connection') })()`, /no connection/],
    [
      'holds no definitions',
      `{ detail: 'x' }`,
      /returned no flag definitions: .+ with the fields flags?|expected an object/,
    ],
    ['holds a text that is no JSON', `'{"flags"'`, /returned no flag definitions/],
    ['never settles', 'new Promise(() => {})', /getFlagDefinitions did not settle within 500 ms/],
  ]
  for (const [what, stored, message] of PROBLEMS) {
    it(`finds a problem in one that ${what}`, async (test) => {
      const cache = cacheModule(test, { stored, exports: 'export default () => new Cache()' })
      const { code, read } = await doctor(['--provider', cache.file, '--timeout', '500'])
      assert.deepEqual([code, read.status], [1, 'problem'])
      assert.match(read.message, message)
    })
  }

  it('prints no password of an address that an error quotes', async (test) => {
    const error = `Error('no connection to redis://app:swordfish@cache.example:6379/0')`
    const cache = cacheModule(test, {
      stored: `(() => { throw new ${error} })()`,
      exports: 'export default () => new Cache()',
    })
    const { read } = await doctor(['--provider', cache.file])
    assert.match(read.message, /no connection to redis:\/\/cache\.example:6379\/0/)
  })

  it('finds a problem in a module that exports something else, and in one that is missing', async (test) => {
    const folder = new Folder(test, {
      'x.mjs': 'export default 17',
      'y.mjs': 'export default { getFlagDefinitions() {} }',
    })
    const wrong = await doctor(['--provider', folder.file('x.mjs')])
    assert.deepEqual([wrong.code, wrong.read.status], [1, 'problem'])
    assert.match(wrong.read.message, /expected .+x\.mjs to export a provider by default: .+received number/)
    const partial = await doctor(['--provider', folder.file('y.mjs')])
    assert.match(partial.read.message, /has no shouldFetchFlagDefinitions, no onFlagDefinitionsReceived, no shutdown/)
    const missing = await doctor(['--provider', folder.file('z.mjs')])
    assert.match(missing.read.message, /does not export a provider: Cannot find module/)
    assert.match(missing.read.remedy, /^export the provider by default\. Where its class needs arguments/)
  })

  it('says how TypeScript is loaded', async (test) => {
    const folder = new Folder(test, { 'x.ts': 'enum Kind { None }\nexport default { kind: Kind.None as number }' })
    const { read } = await doctor(['--provider', folder.file('x.ts')])
    assert.match(
      read.remedy,
      /npm install tsx, then NODE_OPTIONS="--import tsx" npx posthog-node-native doctor --provider .+x\.ts$/
    )
  })

  it('says of flags that are no list what they are', async (test) => {
    for (const [value, kind] of Object.entries({ 5: 'a number', '{}': 'an object', null: 'null' })) {
      const folder = new Folder(test, {
        'x.mjs':
          `export default { getFlagDefinitions: () => ({ flags: ${value} }), shouldFetchFlagDefinitions() {}, ` +
          'onFlagDefinitionsReceived() {}, shutdown() {} }',
      })
      const { read } = await doctor(['--provider', folder.file('x.mjs')])
      assert.match(read.message, new RegExp(`received an object whose 'flags' is ${kind}$`))
      assert.match(read.remedy, /check the store of the provider/)
    }
  })
})

describe('doctor --provider-write', () => {
  it('writes what was there and gets it back', async (test) => {
    const cache = cacheModule(test, { stored: STORED })
    const { code, write } = await doctor(['--provider', cache.file, '--provider-write'])
    assert.deepEqual([code, write.status, write.data.leads], [0, 'ok', true], write.message)
    assert.deepEqual(cache.calls(), ['get', 'should', 'store', 'get', 'shutdown'])
  })

  it('writes what the server answers', async (test) => {
    const server = await DefinitionsServer.start()
    test.after(() => server.close())
    server.setDefinitions({ flags: [flag('new')], cohorts: { 7: { type: 'AND', values: [] } } }, { etag: '"1"' })
    const cache = cacheModule(test, { stored: STORED })
    const env = { POSTHOG_API_KEY: 'phc_project', POSTHOG_SECRET_KEY: 'phs_secret', POSTHOG_HOST: server.url }
    const { write, definitions } = await doctor(['--provider', cache.file, '--provider-write'], env)
    assert.equal(write.status, 'ok', write.message)
    assert.match(definitions.message, /^1 flags from the server/)
  })

  it('writes nothing while another process leads', async (test) => {
    const cache = cacheModule(test, { stored: STORED, leads: 'false' })
    const { code, write } = await doctor(['--provider', cache.file, '--provider-write'])
    assert.deepEqual([code, write.status], [0, 'skipped'])
    assert.match(write.message, /another process leads/)
    assert.deepEqual(cache.calls(), ['get', 'should', 'shutdown'])
  })

  it('writes no document of its own into an empty cache', async (test) => {
    const cache = cacheModule(test, {})
    const { write } = await doctor(['--provider', cache.file, '--provider-write'])
    assert.equal(write.status, 'skipped')
    assert.match(write.message, /the cache is empty and no definitions were loaded/)
    assert.deepEqual(cache.calls(), ['get', 'should', 'shutdown'])
  })

  it('finds a problem in a cache that loses what it is given, or changes it', async (test) => {
    for (const [store, message] of /** @type {[string, RegExp][]} */ ([
      ['undefined', /found nothing after definitions were stored/],
      ['({ ...data, flags: data.flags.slice(1) })', /returned other flags than it was given/],
      [`(() => { throw new Error('read-only') })()`, /onFlagDefinitionsReceived failed: read-only/],
    ])) {
      const cache = cacheModule(test, { stored: STORED, store })
      const { code, write } = await doctor(['--provider', cache.file, '--provider-write'])
      assert.deepEqual([code, write.status], [1, 'problem'])
      assert.match(write.message, message)
    }
  })
})
