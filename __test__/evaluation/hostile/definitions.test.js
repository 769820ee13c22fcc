'use strict'

// Definitions that nobody would write on purpose stand among good ones. They load without holding up the event loop, and
// cost themselves alone: what is beside them is answered as by posthog-node without them.

const assert = require('node:assert/strict')
const { after, before, describe, it } = require('node:test')

const { LocalEvaluator } = require('../../..')
const { PostHog: STOCK } = require('posthog-node')
const { startChild } = require('../../support/child')
const { closing } = require('../../support/closing')
const { DefinitionsServer } = require('../../support/definitions-server')
const { flag } = require('../../support/flags')
const { memoryProvider } = require('../../support/providers')
const { bestTime } = require('./support/cpu')

const when = (/** @type {unknown[]} */ ...properties) => ({
  filters: { groups: [{ properties, rollout_percentage: 100 }] },
})
const property = (/** @type {string} */ key, /** @type {unknown} */ value, operator = 'exact') => ({
  key,
  value,
  operator,
  type: 'person',
})
const memberOf = (/** @type {unknown} */ cohort) => ({ key: 'id', type: 'cohort', value: cohort, operator: 'in' })
const follows = (/** @type {string[]} */ ...chain) => ({
  key: chain.at(-1),
  type: 'flag',
  value: true,
  operator: 'flag_evaluates_to',
  dependency_chain: chain,
})
const group = (/** @type {unknown[]} */ ...values) => ({ type: 'AND', values })
const times = (/** @type {number} */ count, /** @type {(place: number) => any} */ make) =>
  Array.from({ length: count }, (_, place) => make(place))

/** JSON of a value that is nested so deeply that `JSON.stringify` cannot write it. */
const deepJson = (/** @type {string} */ open, /** @type {string} */ core, /** @type {string} */ close) =>
  `${open.repeat(100_000)}${core}${close.repeat(100_000)}`

const GOOD = {
  flags: [
    flag('good half', { filters: { groups: [{ properties: [], rollout_percentage: 50 }] } }),
    flag('good plan', when(property('plan', 'pro'))),
    flag('good regex', when(property('plan', '^p[a-z]+$', 'regex'))),
    flag('good member', when(memberOf('good'))),
    flag('good follower', when(follows('good plan'))),
    flag('good off', { active: false }),
  ],
  cohorts: { good: group(property('plan', ['pro', 'team'])) },
}

/**
 * What hostile definitions add to good ones: flags and cohorts, and parts as JSON text for what no object can hold.
 *
 * @typedef {{ flags?: any[], cohorts?: Record<string, any>, flagsJson?: string[], cohortsJson?: string[] }} Hostile
 */

/** @type {Record<string, () => Hostile>} */
const HOSTILE = {
  'cohorts that contain each other': () => ({
    flags: [flag('bad', when(memberOf(1))), flag('bad itself', when(memberOf(3)))],
    cohorts: { 1: group(memberOf(2)), 2: group(memberOf(1)), 3: group(memberOf(3)) },
  }),
  'a chain of 100,000 cohorts': () => ({
    flags: [flag('bad', when(memberOf(0)))],
    cohorts: Object.fromEntries(times(100_000, (place) => [place, group(memberOf(place + 1))])),
  }),
  'cohorts that double 100 times': () => ({
    flags: [flag('bad', when(memberOf(0)))],
    cohorts: Object.fromEntries(times(100, (place) => [place, group(memberOf(place + 1), memberOf(place + 1))])),
  }),
  'a cohort that is nested 100,000 levels deep': () => ({
    flags: [flag('bad', when(memberOf('deep')))],
    cohortsJson: [`"deep":${deepJson('{"type":"AND","values":[', '', ']}')}`],
  }),
  'flags that depend on each other': () => ({
    flags: [
      flag('bad', when(follows('bad too'))),
      flag('bad too', when(follows('bad'))),
      flag('bad itself', when(follows('bad itself'))),
    ],
  }),
  'a chain of 100,000 flags': () => ({
    flags: times(100_000, (place) => flag(`bad ${place}`, when(follows(`bad ${place + 1}`)))),
  }),
  'a dependency chain of 100,000 flags': () => ({
    flags: [flag('bad', when(follows(...times(100_000, (place) => `missing ${place}`))))],
  }),
  'a list of 1,000,000 values': () => ({
    flags: [
      flag(
        'bad',
        when(
          property(
            'plan',
            times(1_000_000, (place) => `value ${place}`)
          )
        )
      ),
    ],
  }),
  'a key of 10 MB': () => ({ flags: [flag('bad'.repeat(3_333_333))] }),
  'a property whose key is of 10 MB': () => ({ flags: [flag('bad', when(property('p'.repeat(10_000_000), 'x')))] }),
  'a value of 10 MB': () => ({ flags: [flag('bad', when(property('plan', 'x'.repeat(10_000_000), 'icontains')))] }),
  'a payload of 10 MB': () => ({
    flags: [flag('bad', { filters: { groups: [{}], payloads: { true: 'x'.repeat(10_000_000) } } })],
  }),
  'keys that come twice': () => ({
    flags: [flag('twice', { active: false }), flag('twice')],
    flagsJson: ['{"key":"bad","key":"bad twice","active":false,"active":true,"filters":{},"filters":{"groups":[{}]}}'],
    cohortsJson: ['"7":{"type":"OR"}', '"7":null'],
  }),
  '100,000 definitions of one key': () => ({ flags: times(100_000, () => flag('bad')) }),
  '100,000 conditions': () => ({
    flags: [flag('bad', { filters: { groups: times(100_000, () => ({ properties: [property('plan', 'x')] })) } })],
  }),
  '100,000 variants': () => ({
    flags: [
      flag('bad', {
        filters: {
          groups: [{}],
          multivariate: { variants: times(100_000, (n) => ({ key: `v${n}`, rollout_percentage: 0.001 })) },
        },
      }),
    ],
  }),
  '30,000 conditions that each name one of 30,000 variants': () => ({
    flags: [
      flag('bad', {
        filters: {
          groups: times(30_000, (n) => ({ properties: [property('plan', 'x')], variant: `v${29_999 - n}` })),
          multivariate: { variants: times(30_000, (n) => ({ key: `v${n}`, rollout_percentage: 0.001 })) },
        },
      }),
    ],
  }),
  'names of what every object inherits': () => ({
    flags: ['__proto__', 'constructor', 'toString'].map((key) => flag(key, when(property(key, 'x'), memberOf(key)))),
  }),
  'a flag that is nested 100,000 levels deep': () => ({
    flagsJson: [
      `{"key":"bad","active":true,"filters":${deepJson('{"groups":[', '', ']}')}}`,
      `{"key":${deepJson('[', '', ']')},"active":true}`,
      `{"key":"bad payload","active":true,"filters":{"payloads":${deepJson('[', '1', ']')},"groups":[{}]}}`,
    ],
  }),
  'regexes that are built to explode': () => ({
    flags: [
      '(a+)+$',
      '(a|a)*b',
      '(a*)*c',
      '(.*)(.*)(.*)(.*)(.*)d',
      '^(([a-z])+.)+[A-Z]([a-z])+$',
      'a{1000}{1000}',
      '((a{100}){100}){100}',
      '(x+x+)+y',
      'a'.repeat(1_000_000),
      '('.repeat(100_000),
      `${'('.repeat(100_000)}a${')'.repeat(100_000)}`,
      '[a-z]{1000}'.repeat(100),
    ].map((pattern, place) => flag(`bad ${place}`, when(property('long', pattern, 'regex')))),
  }),
  'many regexes as large as they may be': () => ({
    flags: times(300, (place) => flag(`bad ${place}`, when(property('long', `(a{${900 + place}}){9}`, 'regex')))),
  }),
}

/** @param {Hostile} hostile */
function documentOf({ flags = [], cohorts = {}, flagsJson = [], cohortsJson = [] }) {
  // Good ones at both ends.
  const [first, ...rest] = GOOD.flags.map((one) => JSON.stringify(one))
  const allFlags = [first, ...flags.map((one) => JSON.stringify(one)), ...flagsJson, ...rest]
  const allCohorts = JSON.stringify({ ...GOOD.cohorts, ...cohorts }).slice(1, -1)
  return `{"flags":[${allFlags.join(',')}],"cohorts":{${[allCohorts, ...cohortsJson].join(',')}}}`
}

/** Loads, evaluates everything twice and tells of the good flags, and how long the event loop was held up. */
const PROGRAM = `
  const { threadTime } = require(${JSON.stringify(require.resolve('./support/cpu'))})
  const { LocalEvaluator } = require(PACKAGE)
  console.warn = () => {}
  const PERSON = { personProperties: { plan: 'pro', long: 'a'.repeat(100_000) + '!' }, onlyEvaluateLocally: true }
  const only = (flags) => Object.fromEntries(Object.entries(flags).filter(([key]) => key.startsWith('good')))
  ;(async () => {
    const client = new PostHog('phc_x', { ...OPTIONS, featureFlagsPollingInterval: null })
    client.on('error', () => {})
    let longest = 0
    let before = threadTime()
    const ticking = setInterval(() => {
      const now = threadTime()
      longest = Math.max(longest, now - before)
      before = now
    }, 1)
    const loaded = await client.waitForLocalEvaluationReady(60_000)
    clearInterval(ticking)
    const started = threadTime()
    const all = only(await client.getAllFlags('kari', PERSON))
    const took = threadTime() - started
    const one = {}
    for (const key of Object.keys(all)) one[key] = await client.getFeatureFlag(key, 'kari', { ...PERSON, sendFeatureFlagEvents: false })
    await client.getFeatureFlag('bad', 'kari', { ...PERSON, sendFeatureFlagEvents: false })
    console.log('RESULT ' + JSON.stringify({ loaded, all, one, longest, took, rss: process.resourceUsage().maxRSS / 1024 }))
    await client.shutdown()
  })()
`

/** What is in no way hostile and as large as the largest of these: what they cost is compared with what this costs. */
const LARGE = { flags: times(100_000, (place) => flag(`usual ${place}`, when(property('plan', [`a ${place}`, 'b'])))) }

/** @param {DefinitionsServer} server @param {string} document */
async function resultOf(server, document) {
  server.setDefinitions(document)
  const { code, signal, output } = await startChild(PROGRAM, { host: server.url }).ended()
  assert.deepEqual({ code, signal }, { code: 0, signal: null }, output.slice(-2000))
  return JSON.parse(/^RESULT (.*)$/m.exec(output)?.[1] ?? '{}')
}

describe('definitions with', () => {
  /** @type {DefinitionsServer} */
  let server
  /** @type {Record<string, unknown>} */
  let expected
  /** What the usual document of that size costs, and how many milliseconds `JSON.parse` would hold up the event loop. */
  let usual = { took: NaN, rss: NaN, parsing: NaN }

  before(async () => {
    server = await DefinitionsServer.start()
    const client = new STOCK('phc_x', {
      featureFlagsPollingInterval: null,
      flagDefinitionCacheProvider: memoryProvider({ fetch: false, cached: GOOD }),
    })
    const personProperties = { plan: 'pro', long: 'a' }
    await client.waitForLocalEvaluationReady(10_000)
    expected = await client.getAllFlags('kari', { personProperties, onlyEvaluateLocally: true })
    await client.shutdown()
    assert.equal(Object.keys(expected).length, GOOD.flags.length)
    const large = documentOf(LARGE)
    const parsing = await bestTime(() => JSON.parse(large))
    usual = { ...(await resultOf(server, large)), parsing }
  })
  after(() => server.close())

  for (const [name, make] of Object.entries(HOSTILE)) {
    it(`${name} load, and cost no other flag anything`, async (t) => {
      const result = await resultOf(server, documentOf(make()))
      t.diagnostic(
        `longest turn ${Math.round(result.longest)} ms, evaluation ${Math.round(result.took)} ms, ${Math.round(result.rss)} MB`
      )
      assert.equal(result.loaded, true)
      assert.deepEqual(result.all, expected)
      assert.deepEqual(result.one, expected)
      assert.ok(result.longest < usual.parsing, `a turn took ${result.longest} ms, parsing ${usual.parsing}`)
      assert.ok(result.took < 20 * usual.took, `the evaluation took ${result.took} ms, a usual one ${usual.took}`)
      assert.ok(result.rss < 2 * usual.rss, `the process took ${result.rss} MB, a usual one ${usual.rss}`)
    })
  }
})

describe('objects from a provider that are nested', () => {
  for (const levels of [1000, 100_000]) {
    it(`${levels} levels deep cost themselves alone`, async (t) => {
      const nest = () => {
        /** @type {any} */
        let value = {}
        for (let level = 0; level < levels; level += 1) value = { value }
        return value
      }
      const cached = {
        flags: [
          ...GOOD.flags,
          flag('deep', { filters: { groups: [{ properties: [{ key: 'plan', value: nest() }] }] } }),
          flag('beside', { unread: nest() }),
        ],
        cohorts: { ...GOOD.cohorts, deep: { type: 'AND', values: [{ key: 'plan', value: nest() }] } },
      }
      const evaluator = new LocalEvaluator(cached)
      const answers = evaluator.getAllFlags('kari', { personProperties: { plan: 'pro' } })
      assert.equal(answers['good plan'], true)
      assert.equal(answers.beside, true)
      assert.equal('deep' in answers, false)
      const { NATIVE } = require('../../support/observe')
      const client = closing(
        t,
        new NATIVE('phc_x', {
          featureFlagsPollingInterval: null,
          flagDefinitionCacheProvider: memoryProvider({ fetch: false, cached }),
        })
      )
      assert.equal(await client.waitForLocalEvaluationReady(10_000), true)
      assert.deepEqual(
        await client.getAllFlags('kari', { personProperties: { plan: 'pro' }, onlyEvaluateLocally: true }),
        answers
      )
    })
  }
})

describe('evaluation contexts', () => {
  it('that are many, of a client as of a flag, take no longer than it takes to read them', () => {
    const time = (/** @type {number} */ count) => {
      const document = { flags: [flag('apart', { evaluation_contexts: times(count, (place) => `theirs ${place}`) })] }
      const evaluationContexts = times(count, (place) => `ours ${place}`)
      let best = Infinity
      for (let round = 0; round < 7; round++) {
        const started = process.hrtime.bigint()
        const evaluator = new LocalEvaluator(document, { evaluationContexts })
        best = Math.min(best, Number(process.hrtime.bigint() - started))
        assert.deepEqual(evaluator.getAllFlags('kari'), {})
      }
      return best
    }
    // If each were looked for among all, it would take 400 times as long.
    const [few, many] = [time(2000), time(40_000)]
    assert.ok(many < 160 * few, `${many} ns for twenty times what takes ${few} ns`)
  })
})
