'use strict'

// What others wrote, printed by a command: it must neither steer a terminal, nor pass for a line of the report or for a
// command of a build server, nor hide.

const assert = require('node:assert/strict')
const http = require('node:http')
const { once } = require('node:events')
const { describe, it } = require('node:test')

const { printable, printableJson } = require('../../cli/printable.js')
const { Terminal } = require('../../cli/terminal.js')
const { Folder, run, runHere } = require('./support/command.js')

/** One of each kind: colours, a title, lines, commands of build servers, 8-bit controls, directions, no width, tags. */
const EVIL =
  '::set-output name=a::b \x1b[31mred \x1b]0;title\x07 a\rb\n::error::forged\nok        server ##vso[task.setvariable]x ' +
  '##[warning]y \x9b2J \x7f \u202eesrever\u2066 \u200b\u200d\ufeff\u00ad \u2028\u2029 \ufe0f \u{e0041} \ud800 end'

const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u

/** @param {string} text what a command printed */
function assertHarmless(text) {
  for (const line of text.split('\n')) {
    assert.doesNotMatch(line, UNSEEN)
    assert.doesNotMatch(line, /^\s*::|##\w*\[/)
    assert.doesNotMatch(line, /^ok +server ##/)
  }
}

const filter = { key: EVIL, type: 'person', operator: 'exact', value: [EVIL] }
const flag = (/** @type {string} */ key, /** @type {any} */ filters = {}) => ({
  ...{ id: 1, key, active: true },
  filters: { groups: [{ properties: [filter], rollout_percentage: 50, variant: EVIL }], ...filters },
})

const DOCUMENT = {
  flags: [
    flag(EVIL, {
      multivariate: { variants: [{ key: EVIL, rollout_percentage: 100 }] },
      payloads: { [EVIL]: JSON.stringify(EVIL) },
    }),
    flag('operator', { groups: [{ properties: [{ ...filter, operator: EVIL }] }] }),
    flag('cohort', { groups: [{ properties: [{ key: 'id', type: 'cohort', value: EVIL }] }] }),
    flag('dependency', {
      groups: [{ properties: [{ key: EVIL, type: 'flag', value: true, dependency_chain: [EVIL] }] }],
    }),
    flag('missing', {
      groups: [{ properties: [{ key: EVIL, type: 'flag', value: true, dependency_chain: ['x' + EVIL] }] }],
    }),
    flag('group', { aggregation_group_type_index: 0 }),
    { ...flag(`continuous ${EVIL}`), ensure_experience_continuity: true },
  ],
  cohorts: {},
  group_type_mapping: { 0: EVIL },
}

/** @param {import('node:test').TestContext} test */
const definitionsFile = (test) => new Folder(test, { 'd.json': JSON.stringify(DOCUMENT) }).file('d.json')

/** What the process can be given as an argument or a variable of the environment. */
const ARGUMENT = EVIL.replace('\ud800', '')

describe('texts of others', () => {
  it('are shown by explain', async (test) => {
    const file = definitionsFile(test)
    const args = ['--definitions', file, '--distinct-id', ARGUMENT, '--property', `${ARGUMENT}=${ARGUMENT}`]
    for (const { key } of DOCUMENT.flags.filter((each) => each.key.isWellFormed?.() ?? !/\ud800/.test(each.key))) {
      for (const more of [[], ['--group', `${ARGUMENT}=${ARGUMENT}`], ['--json']]) {
        const { stdout, stderr } = await runHere(['explain', key, ...args, ...more], { env: { FORCE_COLOR: '0' } })
        assert.notEqual(stdout, '')
        assertHarmless(stdout)
        assert.equal(stderr, '')
      }
    }
    const { stderr } = await runHere(['explain', ARGUMENT, ...args])
    assert.match(stderr, /defines no flag/)
    assertHarmless(stderr)
  })

  it('are shown by doctor, of definitions', async (test) => {
    const file = definitionsFile(test)
    const { stdout } = await runHere(['doctor', '--offline', '--definitions', file])
    assert.match(stdout, /- cohort [^]*\\x1b\[31mred/)
    assertHarmless(stdout)
    const { stdout: json } = await runHere(['doctor', '--offline', '--json', '--definitions', file])
    assertHarmless(json)
    const { data } = JSON.parse(json).checks.find((/** @type {any} */ { name }) => name === 'definitions')
    assert.ok(data.properties.includes(EVIL))
  })

  it('are shown by bench', async (test) => {
    const file = definitionsFile(test)
    for (const more of [[], ['--json']]) {
      const { stdout } = await runHere(['bench', file, '--rounds', '1', '--people', '2', ...more])
      assert.notEqual(stdout, '')
      assertHarmless(stdout)
    }
  })

  it('are shown where a command is used wrongly', async () => {
    const wrong = [
      [ARGUMENT],
      ['doctor', ARGUMENT],
      ['doctor', `--${ARGUMENT}`],
      ['doctor', '--definitions', ARGUMENT],
      ['doctor', '--timeout', ARGUMENT],
      ['bench', ARGUMENT],
      ['explain', 'a', '--definitions', 'package.json', '--distinct-id', 'b', '--group', ARGUMENT],
    ]
    for (const args of wrong) {
      const { code, stdout, stderr } = await runHere(args)
      assert.deepEqual([code, stdout], [2, ''])
      assertHarmless(stderr)
    }
  })

  it('are shown of a provider that fails, and of its file', async (test) => {
    const throwing = (/** @type {string} */ thrown) =>
      `module.exports = { getFlagDefinitions() { throw ${thrown} }, shouldFetchFlagDefinitions() {}, onFlagDefinitionsReceived() {}, shutdown() {} }`
    const folder = new Folder(test, {
      'error.cjs': throwing(`new Error(${JSON.stringify(EVIL)})`),
      'text.cjs': throwing(JSON.stringify(EVIL)),
      'nothing.cjs': throwing('Object.create(null)'),
      'odd.cjs': throwing("Object.defineProperty(new Error(), 'message', { get() { throw 1 } })"),
      'bad-name\u202e\x1b[31m.cjs': `throw new Error(${JSON.stringify(EVIL)})`,
      'returns.cjs': `module.exports = { getFlagDefinitions: () => (${JSON.stringify({ [EVIL]: EVIL })}), shouldFetchFlagDefinitions() {}, onFlagDefinitionsReceived() {}, shutdown() {} }`,
    })
    for (const name of [
      'error.cjs',
      'text.cjs',
      'nothing.cjs',
      'odd.cjs',
      'bad-name\u202e\x1b[31m.cjs',
      'returns.cjs',
    ]) {
      const { code, stdout, stderr } = await runHere(['doctor', '--offline', '--provider', folder.file(name)])
      assert.equal(code, 1, stderr)
      assert.match(stdout, /\nproblem +provider /)
      assertHarmless(stdout)
    }
  })

  it('are shown of a server, and of its address', async (test) => {
    const server = http.createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ [EVIL]: EVIL, flags: EVIL }))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    test.after(() => server.close())
    const address = /** @type {import('node:net').AddressInfo} */ (server.address())
    const keys = { POSTHOG_API_KEY: 'phc_project', POSTHOG_SECRET_KEY: 'phs_secret' }
    for (const host of [`http://127.0.0.1:${address.port}`, `http://${ARGUMENT}`, ARGUMENT]) {
      const { stdout } = await runHere(['doctor', '--timeout', '2000'], { env: { ...keys, POSTHOG_HOST: host } })
      assert.match(stdout, /\nproblem +server /)
      assertHarmless(stdout)
    }
  })

  it('have no escape where they are ordinary', () => {
    for (const text of ['checkout-flow', 'größe', '旗', '🚩', 'a::b', 'http://[::1]:8000', 'C:\\tmp', 'a # b']) {
      assert.equal(printable(text), text)
    }
  })

  it('come back from JSON as they were', () => {
    const value = { [EVIL]: [EVIL, 1, null] }
    assert.deepEqual(JSON.parse(printableJson(value)), value)
    assertHarmless(printableJson(value))
  })

  it('keep the colours of a line apart from their own', () => {
    let printed = ''
    const terminal = new Terminal({ write: (text) => (printed += text) }, { FORCE_COLOR: '1' })
    terminal.line(terminal.style('bold', '::\x1b[31mx'), '\x1b[0m')
    assert.equal(printed, '\\\x1b[1m::\\x1b[31mx\x1b[22m\\x1b[0m\n')
  })
})

describe('names that every object has', () => {
  const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']
  const named = (/** @type {string} */ key) => ({
    ...{ id: 1, key, active: true },
    filters: {
      groups: [{ properties: [{ key, type: 'person', operator: 'exact', value: 'yes' }], variant: key }],
      multivariate: { variants: [{ key, rollout_percentage: 100 }] },
    },
  })
  const undecided = (/** @type {string} */ key) => ({ ...named(key), ensure_experience_continuity: true })

  it('are flags, variants and properties like others', async (test) => {
    const folder = new Folder(test, {
      'd.json': JSON.stringify({ flags: NAMES.map(named) }),
      'u.json': JSON.stringify({ flags: NAMES.map(undecided) }),
    })
    for (const name of NAMES) {
      const args = ['--distinct-id', 'a', '--property', `${name}=yes`]
      const decided = await runHere(['explain', name, '--definitions', folder.file('d.json'), ...args])
      assert.equal(decided.stdout.split('\n')[0], `${name} for a: "${name}"`)
      assert.match(decided.stdout, new RegExp(`yes +${name} exact "yes": "yes"`))
      const left = await runHere(['explain', name, '--definitions', folder.file('u.json'), ...args])
      assert.match(left.stdout, /: left to the server \((experience_continuity|an error in the definition)\)\n/)
    }
    const { stdout } = await runHere(['doctor', '--offline', '--definitions', folder.file('d.json')])
    assert.match(
      stdout.replace(/\s+/g, ' '),
      new RegExp(`${NAMES.length} flags from .*: ${NAMES.length} are decided locally`)
    )
    const left = (await runHere(['doctor', '--offline', '--json', '--definitions', folder.file('u.json')])).json
    const { data } = left.checks.find((/** @type {any} */ check) => check.name === 'definitions')
    assert.deepEqual(
      new Set(data.undecided.map((/** @type {any} */ each) => each.reason)),
      new Set(['experience_continuity'])
    )
    const bench = await runHere(['bench', folder.file('d.json'), '--rounds', '1', '--people', '2'])
    assert.match(bench.stdout, /all are posthog-node's/)
  })

  it('are groups like others', async (test) => {
    const folder = new Folder(test, {
      'd.json': JSON.stringify({
        flags: NAMES.map((key, index) => ({
          ...named(key),
          filters: {
            aggregation_group_type_index: index,
            groups: [{ properties: [{ key, type: 'group', operator: 'exact', value: 'yes' }] }],
          },
        })),
        group_type_mapping: Object.fromEntries(NAMES.map((name, index) => [index, name])),
      }),
    })
    for (const name of NAMES) {
      const args = ['explain', name, '--definitions', folder.file('d.json'), '--distinct-id', 'a']
      const given = await runHere([...args, '--group', `${name}=g`, '--group-property', `${name}.${name}=yes`])
      assert.match(
        given.stdout,
        new RegExp(`^${name} for a: true\\n\\ncondition 1: met, and decides\\n  yes +${name} exact "yes": "yes"`)
      )
      const { stdout } = await runHere(args)
      assert.match(stdout, new RegExp(`no such group is named: --group ${name}=KEY`))
    }
  })
})

describe('explain', () => {
  it('says that no group was named, of a flag or of a condition, also as JSON', async (test) => {
    const groups = [
      { properties: [], aggregation_group_type_index: 1 },
      { properties: [], rollout_percentage: 0 },
    ]
    const folder = new Folder(test, {
      'd.json': JSON.stringify({
        flags: [
          { key: 'f', active: true, filters: { aggregation_group_type_index: 0, groups: [{ properties: [] }] } },
          { key: 'mixed', active: true, filters: { groups } },
          { key: 'people', active: true, filters: { groups: [{ properties: [] }] } },
        ],
        group_type_mapping: { 0: 'company', 1: 'team' },
      }),
    })
    const explain = (/** @type {string} */ key, /** @type {string[]} */ ...more) =>
      runHere(['explain', key, '--definitions', folder.file('d.json'), '--distinct-id', 'a', ...more])
    assert.match(
      (await explain('f')).stdout,
      /^f for a: false\nit is for groups of the type company, and no such group is named: --group company=KEY\n/
    )
    assert.match((await explain('mixed')).stdout, /\na condition is for groups of the type team, and no such group/)
    assert.match((await explain('f', '--group', 'team=x')).stdout, /groups of the type company/)
    assert.doesNotMatch((await explain('f', '--group', 'company=x')).stdout, /no such group/)
    assert.doesNotMatch((await explain('people')).stdout, /no such group/)
    assert.deepEqual((await explain('f', '--json')).json.because, [
      'it is for groups of the type company, and no such group is named: --group company=KEY',
    ])
  })

  it('bears definitions in which nothing is of its type', async (test) => {
    const odd = { toString: 1, valueOf: 1 }
    const flags = [
      {
        key: 'f',
        active: true,
        filters: {
          groups: [{ properties: [null, { key: odd, operator: odd, value: odd }], rollout_percentage: '50' }],
        },
      },
      {
        key: 'g',
        active: true,
        filters: {
          groups: [
            null,
            {
              properties: [
                { type: 'cohort', value: odd },
                { type: 'flag', key: odd, dependency_chain: [odd] },
              ],
            },
          ],
        },
      },
      { key: 'h', active: true, filters: { aggregation_group_type_index: odd, groups: 5 } },
      { key: odd, active: true, filters: {} },
    ]
    const folder = new Folder(test, {
      'd.json': JSON.stringify({ flags, cohorts: { 1: odd }, group_type_mapping: { 0: odd } }),
    })
    for (const key of ['f', 'g', 'h']) {
      const { stdout, stderr } = await runHere([
        'explain',
        key,
        '--definitions',
        folder.file('d.json'),
        '--distinct-id',
        'a',
      ])
      assert.match(stdout, new RegExp(`^${key} for a: `), stderr)
    }
    const { json } = await runHere(['doctor', '--offline', '--json', '--definitions', folder.file('d.json')])
    assert.notEqual(json.checks.at(-1).status, 'problem', json.checks.at(-1).message)
  })
})

describe('doctor', () => {
  const LOGS = `
    const held = process.stdout
    const { log } = console
    const say = (when) => {
      console.log('log', when); console.debug('debug', when); console.info('info', when); console.table([when])
      log('held log', when); process.stdout.write('write ' + when + '\\n'); held.write('held ' + when + '\\n')
    }
    say('while it loads')
    setInterval(() => say('afterwards'), 1)
    process.on('exit', () => say('at the end'))
    module.exports = {
      async getFlagDefinitions() {
        say('in a method')
        await new Promise((resolve) => setTimeout(resolve, 20))
        return { flags: [] }
      },
      shouldFetchFlagDefinitions() {}, onFlagDefinitionsReceived() {}, shutdown() {},
    }`

  it('keeps what a provider prints out of its report', async (test) => {
    const file = new Folder(test, { 'cache.cjs': LOGS }).file('cache.cjs')
    const { code, json, stderr } = await run(['doctor', '--offline', '--json', '--provider', file])
    assert.deepEqual([code, json.ok], [0, true])
    for (const when of ['while it loads', 'in a method', 'afterwards', 'at the end']) {
      for (const how of ['log', 'debug', 'info', 'held log', 'write', 'held']) {
        assert.match(stderr, new RegExp(`^${how} ${when}$`, 'm'))
      }
    }
    const { stdout } = await run(['doctor', '--offline', '--provider', file])
    assert.doesNotMatch(stdout, /while it loads|in a method|afterwards|at the end/)
    assert.match(stdout, /\nok +provider /)
  })
})
