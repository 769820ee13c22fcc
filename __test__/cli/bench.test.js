'use strict'

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')

const { compareAnswers } = require('../../cli/bench/agreement.js')
const { generateProject } = require('../../cli/bench/generated-project.js')
const { ratioOf } = require('../../cli/bench/measure.js')
const { makePeople } = require('../../cli/definitions/people.js')
const { duration, ratio } = require('../../cli/measures.js')
const { flagFor } = require('../support/flags.js')
const { Folder, run, runHere } = require('./support/command.js')

const QUICK = ['--rounds', '1', '--people', '4']

/** @param {import('node:test').TestContext} test @param {any} document */
const fileOf = (test, document) => new Folder(test, { 'd.json': JSON.stringify(document) }).file('d.json')

describe('bench', () => {
  it('compares answers and times calls on a generated project', async () => {
    const args = ['bench', '--json', '--flags', '12', '--seed', '7', ...QUICK, '--rounds', '3']
    const { code, json, stderr } = await run(args)
    assert.deepEqual([code, json.format, json.ok, json.seed], [0, 1, true, 7], stderr)
    assert.deepEqual(Object.keys(json.versions), ['posthog-node', 'posthog-node-native'])
    assert.equal(json.definitions.flags, 12)
    assert.deepEqual([json.agreement.people, json.agreement.different], [4, 0])
    assert.ok(json.agreement.values >= 4 * 12 * 2)
    const names = json.cases.map((/** @type {any} */ { name }) => name)
    assert.deepEqual(names, ['getFeatureFlag', 'getAllFlagsAndPayloads', 'evaluateFlags', 'concurrent'])
    for (const { contenders } of json.cases) {
      const [stock, ...own] = contenders
      assert.deepEqual([stock.id, stock.ratio], ['stock', undefined])
      for (const { medianNs, p99Ns, cpuNs, calls, ratio: times } of own) {
        assert.ok(medianNs > 0 && p99Ns > 0 && calls > 0)
        assert.ok(cpuNs < stock.cpuNs, `posthog-node needs less of the processor: ${JSON.stringify(contenders)}`)
        assert.ok(times.low <= times.median && times.median <= times.high)
      }
    }
  })

  it("prints tables and bars on a user's own definitions, and progress on standard error", async () => {
    const { code, stdout, stderr } = await run(['bench', 'examples/project-definitions.json', ...QUICK])
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^examples\/project-definitions\.json, 60 flags, 50 of them decided locally; --seed 1$/m)
    assert.match(stdout, /^[\d,]+ answers for 4 people: all are posthog-node's\.$/m)
    assert.match(
      stdout,
      /^getAllFlagsAndPayloads\n +median +p99 +CPU +faster +between\nposthog-node( +[\d.]+ [µnm]?s){3} +█+/m
    )
    assert.match(stdout, /^posthog-node-native +.+× +.+ and .+× +[█▉▊▋▌▍▎▏]+$/m)
    assert.match(stderr, /^timing \w+ …$/m)
    assert.doesNotMatch(stdout, /is deprecated/)
    assert.ok(stdout.split('\n').every((line) => line.length <= 100 || line.includes('EPYC') || !line.startsWith(' ')))
  })

  it('times nothing and exits with 1 where answers differ', async (test) => {
    // One of the deliberate differences: posthog-node finds a cohort of this name where nobody defined one.
    const document = {
      flags: [flagFor([{ type: 'cohort', key: 'id', operator: 'in', value: 'toString' }])],
      cohorts: {},
    }
    const file = fileOf(test, document)
    const { code, json } = await runHere(['bench', '--json', file, ...QUICK])
    assert.deepEqual([code, json.ok, json.cases], [1, false, []])
    assert.ok(json.agreement.different > 0)
    const [{ flag: key, expected, received }] = json.agreement.differences
    assert.deepEqual([key, received], ['f', '(no answer)'])
    assert.equal(typeof expected, 'boolean')
    const { stdout } = await runHere(['bench', file, ...QUICK])
    assert.match(
      stdout,
      /differ from posthog-node's:\n {2}f for user-1-0, getAllFlagsAndPayloads: (true|false) there, \(no answer\) here/
    )
    assert.match(stdout, /Nothing was timed\. docs\/parity\.md/)
  })

  it('leaves out what posthog-node never returns from', async (test) => {
    const dependsOn = (/** @type {string} */ key) =>
      flagFor([{ type: 'flag', key, operator: 'flag_evaluates_to', value: true, dependency_chain: [key] }])
    const flags = [{ ...dependsOn('b'), key: 'a' }, { ...dependsOn('a'), key: 'b' }, flagFor([])]
    const { code, json } = await runHere(['bench', '--json', fileOf(test, { flags }), ...QUICK])
    assert.deepEqual([code, json.definitions.leftOut.sort(), json.definitions.flags], [0, ['a', 'b'], 1])
  })

  it('says so and exits with 1 where nothing is decided locally', async (test) => {
    const file = fileOf(test, { flags: [flagFor([], { ensure_experience_continuity: true })] })
    const { code, stdout } = await runHere(['bench', file, ...QUICK])
    assert.equal(code, 1)
    assert.match(stdout, /None of the 1 flags is decided locally/)
  })

  it('refuses definitions without flags', async (test) => {
    const { code, stderr } = await runHere(['bench', fileOf(test, { flags: [] })])
    assert.equal(code, 2)
    assert.match(stderr, /expected at least one flag/)
  })

  it('says why it cannot compare anything without the addon', async () => {
    const { code, stderr } = await run(['bench'], { flags: ['--no-addons'] })
    assert.equal(code, 1)
    assert.match(stderr, /cannot use its addon .+Remedy: .+without --no-addons/s)
  })
})

describe('the comparison of answers', () => {
  /** @param {(key: string) => any} valueOf */
  const contender = (valueOf) => {
    const all = () => ({ featureFlags: { a: valueOf('a'), b: true }, featureFlagPayloads: { b: valueOf('payload') } })
    return { getAllFlagsAndPayloads: all, getFeatureFlag: valueOf }
  }
  const people = makePeople({ flags: [] }, { count: 3, seed: 1, missing: 0 })
  const how = { limitMs: 10_000, onPerson() {} }

  /** @param {any} stock @param {any} client @param {any} evaluator */
  const compare = (stock, client, evaluator) => compareAnswers({ stock, client, evaluator }, ['a', 'b'], people, how)

  it('finds none where there is none, and counts what it compared', async () => {
    const same = contender((key) => key)
    const { values, different, people: count, decided } = await compare(same, same, same)
    // For each person two flags and a payload, and one flag by itself, by two contenders.
    assert.deepEqual([values, different, count, decided], [3 * 2 * (3 + 1), 0, 3, ['a', 'b']])
  })

  it('finds another value, another payload, an answer too many and an error too many', async () => {
    const stock = contender((key) => key)
    for (const [wrong, by] of /** @type {[any, RegExp][]} */ ([
      [contender((key) => (key === 'a' ? 'z' : key)), /^getAllFlagsAndPayloads$/],
      [contender((key) => (key === 'payload' ? 1 : key)), /, the payload$/],
      [contender(() => { throw new Error('no') }), /^getAllFlagsAndPayloads$/], // prettier-ignore
    ])) {
      const { different, differences } = await compare(stock, wrong, stock)
      assert.ok(different > 0)
      assert.match(differences[0].by, by)
      const other = await compare(stock, stock, wrong)
      assert.match(other.differences[0].by, /^LocalEvaluator\./)
    }
    const silent = contender(() => undefined)
    const { differences } = await compare(silent, stock, silent)
    assert.deepEqual([differences[0].expected, differences[0].received], ['(no answer)', 'a'])
  })

  it('ends when the time is over, but not before two people', async () => {
    const same = contender((key) => key)
    const { people: count } = await compareAnswers({ stock: same, client: same, evaluator: same }, ['a'], people, {
      ...how,
      limitMs: 0,
    })
    assert.equal(count, 2)
  })
})

describe('what is generated', () => {
  it('is the same for the same seed, and another for another', () => {
    const project = (/** @type {number} */ seed) => JSON.stringify(generateProject({ flags: 50, seed }))
    assert.equal(project(3), project(3))
    assert.notEqual(project(3), project(4))
    const people = (/** @type {number} */ seed) =>
      JSON.stringify(makePeople(generateProject({ flags: 50, seed: 1 }), { count: 20, seed, missing: 0.1 }))
    assert.equal(people(3), people(3))
    assert.notEqual(people(3), people(4))
  })

  it('gives people values on both sides of what a filter tests, and groups', () => {
    const filters = [
      { key: 'seats', operator: 'gt', value: 5 },
      { key: 'plan', operator: 'exact', value: ['pro'] },
      { key: 'version', operator: 'semver_gte', value: '1.2.0' },
      { key: 'since', operator: 'is_date_after', value: '-7d' },
      { key: '__proto__', operator: 'exact', value: 'x' },
    ]
    const ofGroups = flagFor([{ key: 'tier', type: 'group', value: 'gold' }], { key: 'g' })
    Object.assign(ofGroups.filters, { aggregation_group_type_index: 0 })
    const document = { flags: [flagFor(filters), ofGroups], group_type_mapping: { 0: 'company' } }
    const people = makePeople(document, { count: 200, seed: 1, missing: 0 })
    const valuesOf = (/** @type {string} */ key) => new Set(people.map(({ personProperties }) => personProperties[key]))
    assert.deepEqual([...valuesOf('seats')].sort(), [4, 5, 6])
    assert.deepEqual(valuesOf('plan'), new Set(['pro', 'something else']))
    assert.deepEqual(valuesOf('version'), new Set(['1.2.0', '0.0.1', '999.0.0']))
    assert.equal(valuesOf('since').size, 2)
    assert.ok(people.every(({ groups }) => groups.company))
    const tiers = new Set(people.map(({ groupProperties }) => groupProperties.company.tier))
    assert.deepEqual([tiers, valuesOf('tier')], [new Set(['gold', 'something else']), new Set([undefined])])
    assert.deepEqual(Object.keys(people[0].groupProperties.company), ['tier'])
    assert.equal(new Set(people.map(({ distinctId }) => distinctId)).size, 200)
    const forgetful = makePeople(document, { count: 200, seed: 1, missing: 0.5 })
    assert.ok(forgetful.some(({ personProperties }) => !('plan' in personProperties)))
  })

  it('survives filters of any form', () => {
    const odd = [null, 17, {}, { key: 'a', value: null }, { key: 'b', operator: 5, value: {} }, { key: 3, value: 'x' }]
    const document = {
      flags: [flagFor(/** @type {any} */ (odd)), null, { filters: { groups: 'x' } }],
      cohorts: { 1: null },
    }
    assert.equal(makePeople(/** @type {any} */ (document), { count: 2, seed: 1, missing: 0 }).length, 2)
  })
})

describe('what is measured', () => {
  it('is compared by pairs of rounds', () => {
    // A slow spell that falls on both leaves the ratio as it is.
    assert.deepEqual(ratioOf([10, 10, 1000, 10], [1, 1, 100, 1]), { median: 10, low: 10, high: 10 })
    assert.deepEqual(ratioOf([10, 20, 30, 40, 50], [1, 1, 1]), { median: 20, low: 10, high: 30 })
  })

  it('is written in the unit in which it is read best', () => {
    const written = [0.4, 158, 999.4, 999.6, 1234, 999_600, 4.5e6, 4.5e9].map(duration)
    assert.deepEqual(written, ['0 ns', '158 ns', '999 ns', '1.00 µs', '1.23 µs', '1.00 ms', '4.50 ms', '4.50 s'])
    assert.deepEqual([3.14, 10, 912.6].map(ratio), ['3.1×', '10×', '913×'])
  })
})
