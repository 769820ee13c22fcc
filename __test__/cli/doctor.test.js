'use strict'

const assert = require('node:assert/strict')
const { cpSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } = require('node:fs')
const path = require('node:path')
const { describe, it } = require('node:test')

const { PostHog } = require('posthog-node')

const manifest = require('../../package.json')
const { supports } = require('../../cli/doctor/node-range.js')
const { Folder, ROOT, run } = require('./support/command.js')

const DEFINITIONS = path.join(ROOT, 'examples', 'project-definitions.json')

/** @param {any} json @param {string} name */
const checkOf = (json, name) => json.checks.find((/** @type {any} */ check) => check.name === name)

describe('doctor', () => {
  it('tells of the installation, by name', async () => {
    const { code, json, stderr } = await run(['doctor', '--json'])
    assert.deepEqual([code, stderr, json.format, json.ok], [0, '', 1, true])
    const names = json.checks.map((/** @type {any} */ { name }) => name)
    assert.deepEqual(names, [
      'package',
      'node',
      'platform',
      'addon',
      'processor',
      'posthog-node',
      'engine',
      'canaries',
      'server',
    ])
    assert.equal(checkOf(json, 'package').data.version, manifest.version)
    assert.equal(checkOf(json, 'node').data.version, process.version)
    assert.match(checkOf(json, 'platform').data.libc, /^(glibc 2\.\d+|musl)$/)
    assert.ok(checkOf(json, 'addon').data.bytes > 1e6)
    assert.match(checkOf(json, 'processor').data.batch, /^(avx512|avx2|single)$/)
    assert.equal(checkOf(json, 'posthog-node').data.version, new PostHog('phc_x').getLibraryVersion())
    assert.equal(checkOf(json, 'engine').data.engine, 'native')
  })

  it('warns where the environment switches Rust off', async () => {
    const { code, json } = await run(['doctor', '--json'], { env: { POSTHOG_NATIVE_ENGINE: 'javascript' } })
    const { status, message, remedy, data } = checkOf(json, 'engine')
    assert.deepEqual([code, status, data.engine], [0, 'warning', 'javascript'])
    assert.match(message, /POSTHOG_NATIVE_ENGINE/)
    assert.match(remedy, /unset POSTHOG_NATIVE_ENGINE/)
  })

  it('is readable in a log: a line for each check, the status first, no control characters', async () => {
    const { stdout } = await run(['doctor', '--definitions', DEFINITIONS])
    // eslint-disable-next-line no-control-regex -- that there is none
    assert.doesNotMatch(stdout, /[\x00-\x09\x0b-\x1f]/)
    assert.match(stdout, /^ok {8}node {13}Node v/m)
    assert.match(stdout, /^skipped {3}server/m)
    assert.match(stdout, /\n0 problems, 1 warning\n$/)
    assert.ok(stdout.split('\n').every((line) => line.length <= 100 || !line.slice(27).includes(' ')))
    const coloured = await run(['doctor', '--offline'], { env: { FORCE_COLOR: '1' } })
    assert.ok(coloured.stdout.includes('\x1b[32mok'))
  })

  it('exits with 1 and gives the remedy where flags are not evaluated natively', async () => {
    const { code, json } = await run(['doctor', '--json'], { flags: ['--no-addons'] })
    assert.deepEqual([code, json.ok], [1, false])
    const { status, message, data } = checkOf(json, 'engine')
    assert.deepEqual([status, data.engine, data.code], ['problem', 'javascript', 'ERR_POSTHOG_NATIVE_ADDON'])
    assert.equal(message, 'javascript: posthog-node itself evaluates flags, slower, because the addon cannot be used')
    assert.match(checkOf(json, 'addon').message, /cannot use its addon .+Tried .+loading addons is disabled/)
    assert.match(checkOf(json, 'addon').remedy, /start it without --no-addons/)
  })

  it('counts how flags are decided, and says of each that is left to the server why', async () => {
    const { code, json } = await run(['doctor', '--json', '--definitions', DEFINITIONS])
    const { status, data } = checkOf(json, 'definitions')
    assert.deepEqual([code, status], [0, 'warning'])
    assert.deepEqual(
      [data.flags, data.byDistinctId, data.byProperties, data.sometimes, data.never],
      [60, 18, 32, 0, 10]
    )
    assert.deepEqual(data.groups, ['company'])
    const because = Object.fromEntries(data.undecided.map((/** @type {any} */ each) => [each.key, each.because.join()]))
    assert.match(because['saved-carts'], /experience continuity/)
    assert.match(because['postcode-lookup'], /operator between/)
    assert.match(because['hot-desks'], /compares the property desks with a number/)
    assert.match(because['first-customers'], /operator is_date_exact/)
    assert.match(because['imported-list-offer'], /cohort 99, which is static or missing/)
    assert.match(because['ghost-feature'], /flag deleted-flag, which is missing/)
    assert.match(because['cart-reminder'], /flag saved-carts, which has experience continuity/)
    assert.match(because['project-templates'], /groups of type 4, which the definitions do not name/)
    assert.match(because['unicode-usernames'], /property username by a pattern/)
  })

  it('tells of flags that are decided for some people only', async (test) => {
    // The server alone matches a pattern with what is not ASCII.
    const flag = (/** @type {string} */ key, /** @type {object} */ test) => {
      const properties = [{ key: 'name', type: 'person', ...test }]
      return { key, active: true, filters: { groups: [{ properties }] } }
    }
    const flags = [flag('f', { operator: 'regex', value: '^a' }), flag('g', { operator: 'exact', value: 'å' })]
    const folder = new Folder(test, { 'd.json': JSON.stringify({ flags }) })
    const { json } = await run(['doctor', '--json', '--definitions', folder.file('d.json')])
    const { data } = checkOf(json, 'definitions')
    assert.deepEqual([data.byProperties, data.sometimes, data.never], [1, 1, 0])
    assert.deepEqual([data.undecided[0].key, data.undecided[0].locally], ['f', 'sometimes'])
  })

  it('finds a posthog-node that is missing', async (test) => {
    const copy = packageCopy(test)
    const { code, json } = await run(['doctor', '--json'], {
      cwd: copy,
      bin: path.join(copy, 'bin', 'posthog-node-native.js'),
    })
    const { status, message, remedy } = checkOf(json, 'posthog-node')
    assert.deepEqual([code, status], [1, 'problem'])
    assert.match(message, /^posthog-node cannot be loaded: Cannot find module 'posthog-node'/)
    assert.ok(
      remedy.startsWith('npm install ') && remedy.includes(`posthog-node@${manifest.peerDependencies['posthog-node']}`)
    )
    assert.equal(checkOf(json, 'engine'), undefined)
  })

  it('finds a posthog-node that is not as expected', async (test) => {
    const copy = packageCopy(test)
    const other = path.join(copy, 'node_modules', 'posthog-node')
    mkdirSync(other, { recursive: true })
    writeFileSync(
      path.join(other, 'index.js'),
      `exports.PostHog = class { getLibraryVersion() { return '6.0.0' } shutdown() {} }`
    )
    const { code, json } = await run(['doctor', '--json'], {
      cwd: copy,
      bin: path.join(copy, 'bin', 'posthog-node-native.js'),
    })
    const { status, message, remedy, data } = checkOf(json, 'engine')
    assert.deepEqual([code, status, data.code], [1, 'problem', 'ERR_POSTHOG_NATIVE_SEAM'])
    assert.match(message, /is not compatible with posthog-node 6\.0\.0/)
    assert.match(remedy, /^install a newer posthog-node-native, or posthog-node \d/)
  })

  it('finds a project that uses other copies', async (test) => {
    const folder = new Folder(test, {})
    for (const name of ['posthog-node', 'posthog-node-native']) {
      const other = path.join(folder.path, 'node_modules', name)
      mkdirSync(other, { recursive: true })
      writeFileSync(path.join(other, 'index.js'), '')
      writeFileSync(path.join(other, 'package.json'), '{}')
    }
    const { code, json } = await run(['doctor', '--json'], { cwd: folder.path })
    assert.equal(code, 0)
    for (const [name, message] of /** @type {[string, RegExp][]} */ ([
      ['package', /the project in .+ uses the one in/],
      ['posthog-node', /the project has another copy/],
    ])) {
      assert.equal(checkOf(json, name).status, 'warning')
      assert.match(checkOf(json, name).message, message)
      assert.ok(checkOf(json, name).data.project.startsWith(realpathSync(folder.path)))
    }
  })

  it('knows the versions of Node that a range allows', () => {
    const range = '^20.20.0 || >=22.22.0'
    const versions = { 'v20.20.0': true, 'v20.21.3': true, 'v20.19.9': false, 'v21.0.0': false, 'v22.21.0': false }
    for (const [version, expected] of Object.entries({ ...versions, 'v22.22.0': true, 'v26.1.0': true })) {
      assert.equal(supports(range, version), expected, version)
    }
  })
})

/** @param {import('node:test').TestContext} test the package without any dependency beside it */
function packageCopy(test) {
  const folder = new Folder(test, {})
  const names = ['bin', 'cli', 'lib', 'index.js', 'index.mjs', 'package.json']
  names.forEach((name) => cpSync(path.join(ROOT, name), path.join(folder.path, name), { recursive: true }))
  const addon = `posthog-node-native.${require('../../lib/addon/file.js').targetOfThisMachine()}.node`
  symlinkSync(path.join(ROOT, addon), path.join(folder.path, addon))
  return folder.path
}
