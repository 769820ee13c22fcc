'use strict'

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')

const { LocalEvaluator } = require('../../index.js')
const { makePeople } = require('../../cli/definitions/people.js')
const { explainFlag } = require('../../cli/explain/explanation.js')
const definitions = require('../../examples/project-definitions.json')
const { Folder, run, runHere } = require('./support/command.js')

const FILE = 'examples/project-definitions.json'

/** @param {string} key @param {string[]} args */
const explain = (key, ...args) => runHere(['explain', key, '--definitions', FILE, '--distinct-id', 'user-17', ...args])

describe('explain', () => {
  it('tells the value, and of each condition and filter whether it holds', async () => {
    const who = ['--definitions', FILE, '--distinct-id', 'user-17', '--property', 'plan=enterprise']
    const { code, stdout } = await run(['explain', 'pricing-page', ...who])
    assert.equal(code, 0)
    assert.match(stdout, /^pricing-page for user-17: "contact-us"\n/)
    assert.match(
      stdout,
      /\ncondition 1, with the variant contact-us: met, and decides\n {2}yes {5}plan exact "enterprise": "enterprise"\n/
    )
  })

  it('tells where a person falls in a rollout', async () => {
    const { stdout } = await explain('beta-search')
    const [, met, is, at] =
      /condition 1: (met|not met)(?:, and decides)?\n {2}(yes|no) +rollout 50 %: at ([\d.]+) %/.exec(stdout) ?? []
    assert.equal(met, Number(at) <= 50 ? 'met' : 'not met')
    assert.equal(is, met === 'met' ? 'yes' : 'no')
    const { value } = (await explain('beta-search', '--json')).json.outcome
    assert.equal(value, met === 'met')
  })

  it('says what cannot be told without a property, and exits with 1', async () => {
    const { code, json } = await explain('audit-log', '--json')
    assert.deepEqual([code, json.format, json.outcome], [1, 1, { value: null, reason: 'missing_context' }])
    const [{ matches, filters }] = json.conditions
    assert.deepEqual([matches, filters[0].matches, 'given' in filters[0]], [null, null, false])
  })

  it('names the property that is missing, and the option that gives it', async () => {
    const { stdout } = await explain('audit-log')
    assert.match(
      stdout,
      /condition 1: undecided\n {2}unknown plan .+: the property is missing; add --property plan=…\n/
    )
  })

  it('tells which of several conditions decides', async () => {
    const { stdout } = await explain('smart-bundles', '--property', 'country=DE')
    assert.match(stdout, /condition 1: met, and decides\n[^]+condition 2: met\n/)
  })

  it('leaves a flag out that is not for the evaluation contexts of a client', async () => {
    const { code, stdout, stderr } = await explain('ios-widgets', '--evaluation-context', 'backend')
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, /evaluation contexts backend leaves 'ios-widgets' out, which is for ios\n/)
    assert.equal((await explain('ios-widgets', '--evaluation-context', 'ios')).code, 0)
  })

  it('says why a flag is left to the server', async () => {
    const { code, stdout } = await explain('saved-carts')
    assert.equal(code, 1)
    assert.match(stdout, /left to the server \(experience_continuity\)\nit has experience continuity enabled\n/)
    assert.match(stdout, /condition 1: (met|not met)\n/)
  })

  it('takes values as JSON, and groups with their properties', async () => {
    const numbers = await explain('bulk-export', '--json', '--property', 'seats=30')
    assert.equal(numbers.json.conditions[0].filters[0].given, 30)
    const groups = ['--group', 'company=acme', '--group-property', 'company.region=eu']
    const { code, json } = await explain('data-residency', '--json', ...groups)
    assert.deepEqual([code, json.outcome.value, json.conditions[0].filters[0].given], [0, true, 'eu'])
  })

  it('knows when there is no such flag', async () => {
    const { code, stdout, stderr } = await explain('beta-serch')
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, /defines no flag 'beta-serch'; there is beta-search/)
  })

  /** @type {[string[], RegExp][]} */
  const MISTAKES = [
    [['explain'], /explain needs the key of a flag and --definitions FILE and --distinct-id ID\n/],
    [['explain', 'a'], /explain needs --definitions FILE and --distinct-id ID\n/],
    [['explain', 'a', '--definitions', FILE], /explain needs --distinct-id ID\n/],
    [['explain', 'a', 'b', '--definitions', FILE, '--distinct-id', 'x'], /explain needs the key of one flag only/],
    [['explain', 'a', '--distinct', 'x'], /expected an option of --definitions, .+ but received '--distinct'/],
    [
      ['explain', 'a', '--definitions', FILE, '--distinct-id', 'x', '--property', 'plan'],
      /expected --property KEY=VALUE/,
    ],
    [['explain', 'a', '--definitions', FILE, '--distinct-id', 'x', '--group-property', 'a.b=1'], /that --group names/],
  ]
  for (const [args, message] of MISTAKES) {
    it(`says what was expected of: ${args.join(' ')}`, async () => {
      const { code, stderr } = await runHere(args)
      assert.equal(code, 2)
      assert.match(stderr, message)
    })
  }

  it('shows a rollout that is no number, and does not stumble over a key that is nested beyond the stack', async (test) => {
    const flag = (/** @type {string} */ share) =>
      `{ "key": "odd", "active": true, "filters": { "groups": [{ "properties": [], "rollout_percentage": ${share} }] } }`
    for (const share of ['{"toString":1}', '[{"toString":1}]', '{}', '"most"']) {
      const file = new Folder(test, { 'odd.json': `{ "flags": [${flag(share)}] }` }).file('odd.json')
      const { stdout, stderr } = await runHere(['explain', 'odd', '--definitions', file, '--distinct-id', 'a'])
      assert.equal(stderr, '')
      assert.ok(stdout.includes(`unknown rollout ${share.replaceAll('"most"', 'most')}`), stdout)
    }
    const deep = '['.repeat(50_000) + ']'.repeat(50_000)
    const contents = `{ "flags": [{ "key": ${deep} }, ${flag('100')}] }`
    const file = new Folder(test, { 'deep.json': contents }).file('deep.json')
    const { code, stderr } = await runHere(['explain', 'other', '--definitions', file, '--distinct-id', 'a'])
    assert.equal(code, 1)
    assert.match(stderr, /^'.*deep.json' defines no flag 'other'\n$/)
  })

  it('comes to what the evaluator says, for every flag and many people', () => {
    const evaluator = new LocalEvaluator(definitions)
    const people = makePeople(/** @type {any} */ (definitions), { count: 5, seed: 3, missing: 0.1 })
    for (const person of people) {
      const { distinctId, ...about } = person
      for (const flag of definitions.flags) {
        const { outcome, conditions, active } = explainFlag(/** @type {any} */ (definitions), flag, person)
        const value = evaluator.getFeatureFlag(flag.key, distinctId, about)
        assert.equal(outcome.value ?? undefined, value, flag.key)
        if (value !== undefined && active && !(/** @type {any} */ (flag.filters).early_exit)) {
          // A flag is on exactly if one of its conditions holds, unless an earlier one ends it.
          assert.equal(
            conditions.some(({ matches }) => matches),
            value !== false,
            `${flag.key} for ${distinctId}`
          )
        }
        for (const { matches, rollout, bucket, filters } of conditions) {
          if (matches === true) {
            assert.ok(bucket === null || bucket <= rollout, flag.key)
            assert.ok(
              filters.every((filter) => filter.matches !== false),
              flag.key
            )
          }
        }
      }
    }
  })
})
