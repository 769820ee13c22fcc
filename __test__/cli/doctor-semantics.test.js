'use strict'

const assert = require('node:assert/strict')
const path = require('node:path')
const { describe, it } = require('node:test')

const { LocalEvaluator } = require('../../index.js')
const { Folder, ROOT, run } = require('./support/command.js')

const EXAMPLE = path.join(ROOT, 'examples', 'project-definitions.json')

/** @param {string} key @param {any} filter @param {any} [more] */
function flagOf(key, filter, { rollout = 100, ...more } = {}) {
  const properties = filter === undefined ? [] : [{ key: `property of ${key}`, type: 'person', ...filter }]
  return {
    id: 1,
    key,
    active: true,
    filters: { groups: [{ properties, rollout_percentage: rollout }], ...more.filters },
    ...more.flag,
  }
}

const CONTINUOUS = { flag: { ensure_experience_continuity: true } }
const FLAGS = [
  flagOf('plain', { operator: 'exact', value: ['a'] }),
  flagOf('between', { operator: 'between', value: [18, 30] }),
  flagOf('number', { operator: 'exact', value: [5] }),
  flagOf('many', { operator: 'icontains_multi', value: ['a', 'b'] }),
  flagOf('continuous for all', undefined, CONTINUOUS),
  flagOf('continuous for half', undefined, { ...CONTINUOUS, rollout: 50 }),
  flagOf('dated', { operator: 'is_date_exact', value: '2024-06-15' }),
  flagOf('static', { type: 'cohort', value: 99 }),
  flagOf('unknown', { operator: 'sounds_like', value: 'a' }),
  flagOf('enrolling', undefined, { rollout: 0, filters: { feature_enrollment: true } }),
  flagOf('not null', { operator: 'is_not', value: null }),
  flagOf('newer', undefined, { filters: { version: 2 } }),
]

const DECIDED = ['between', 'number', 'many', 'continuous for all']
const OPEN = ['continuous for half', 'static', 'unknown', 'newer']

/** @param {import('node:test').TestContext} test @param {any[]} flags @param {string[]} args */
async function semanticsOf(test, flags, ...args) {
  const folder = new Folder(test, { 'd.json': JSON.stringify({ flags, cohorts: {}, group_type_mapping: {} }) })
  const { code, json } = await run(['doctor', '--json', '--offline', '--definitions', folder.file('d.json'), ...args])
  return { code, ...json.checks.find((/** @type {any} */ { name }) => name === 'semantics') }
}

describe('doctor on semantics', () => {
  it("counts the flags that semantics: 'server' decides and posthog-node leaves to the network", async (test) => {
    const { code, status, message, remedy, data } = await semanticsOf(test, FLAGS)
    assert.deepEqual([code, status], [0, 'ok'])
    const left = FLAGS.map(({ key }) => key).filter((key) => [...DECIDED, 'dated', ...OPEN].includes(key))
    assert.deepEqual([...data.leftToTheNetwork].sort(), left.sort())
    assert.deepEqual([...data.decidedAsServer].sort(), [...DECIDED].sort())
    assert.deepEqual(data.decidedAsServerWithTimezone, ['dated'])
    assert.match(
      message,
      /^9 of 12 flags are left to the network by posthog-node's semantics; 4 of them are decided by semantics: 'server', given all properties: /
    )
    assert.match(message, /; 1 more if it is told the timezone of the project: dated; /)
    assert.match(remedy, /native: \{ semantics: 'server', timezone \}/)
  })

  it('counts what needs the timezone among them once it is told', async (test) => {
    const { message, data } = await semanticsOf(test, FLAGS, '--timezone', 'Europe/Berlin')
    assert.deepEqual([...data.decidedAsServer].sort(), [...DECIDED, 'dated'].sort())
    assert.deepEqual(data.decidedAsServerWithTimezone, [])
    assert.match(message, /; 5 of them are decided/)
  })

  it('names the flags that come out as something else, each with somebody for whom they do', async (test) => {
    const { message, data } = await semanticsOf(test, FLAGS)
    const keys = data.different.map((/** @type {any} */ { key }) => key)
    assert.deepEqual(keys.sort(), ['enrolling', 'not null'])
    assert.match(message, /2 of 12 come out differently for some people: /)
    const document = { flags: FLAGS, cohorts: {}, group_type_mapping: {} }
    const own = new LocalEvaluator(document)
    const server = new LocalEvaluator(document, { semantics: 'server', propertiesAreComplete: true })
    for (const { key, posthogNode, server: asServer, person } of data.different) {
      assert.equal(own.getFeatureFlag(key, person.distinctId, person), posthogNode)
      assert.equal(server.getFeatureFlag(key, person.distinctId, person), asServer)
      assert.notEqual(posthogNode, asServer)
    }
  })

  it('says so where nothing would change', async (test) => {
    const { message, remedy, data } = await semanticsOf(test, [FLAGS[0]])
    assert.equal(message, "none of 1 flags is left to the network by posthog-node's semantics")
    assert.equal(remedy, undefined)
    assert.deepEqual([data.decidedAsServer, data.different], [[], []])
    const { message: nothing, remedy: none } = await semanticsOf(test, [
      flagOf('static', { type: 'cohort', value: 99 }),
    ])
    assert.equal(
      nothing,
      "1 of 1 flags is left to the network by posthog-node's semantics; none of them are decided by semantics: 'server', " +
        'given all properties'
    )
    assert.equal(none, undefined)
  })

  it('tells of the example project in words', async () => {
    const { stdout } = await run(['doctor', '--offline', '--definitions', EXAMPLE])
    assert.match(
      stdout.replaceAll(/\s+/g, ' '),
      /ok semantics \d+ of \d+ flags are left to the network by posthog-node's/
    )
  })

  it('refuses a timezone that there is not', async () => {
    const { code, stderr } = await run(['doctor', '--definitions', EXAMPLE, '--timezone', 'Europe/Nowhere'])
    assert.equal(code, 2)
    assert.match(stderr, /expected --timezone to be the IANA name of the project's time zone/)
  })
})
