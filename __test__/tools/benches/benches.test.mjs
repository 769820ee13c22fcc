import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import test from 'node:test'
import caseList from '../../../benches/node/cases.js'
import { checkGoals, goalTable } from '../../../benches/node/report/goals.mjs'
import { medianOf } from '../../../benches/node/report/medians.mjs'
import isolated from '../../../benches/node/runs/isolated.js'
import { choose } from '../../../benches/node/measurements.mjs'
import { drawPlot } from '../../../benches/node/report/plot.mjs'
import { addResults, noResults } from '../../../benches/node/report/results.mjs'
import { tables } from '../../../benches/node/report/tables.mjs'
import { assertTimedAnswers } from './support/timed-answers.mjs'

const require = createRequire(import.meta.url)
const INPUT = 'beta-search.user-17'
const DIGEST = require('node:crypto').createHash('sha1').update(INPUT).digest('hex')

const NAMES = ['single/gate-16-shapes', 'single/dependency', 'all/100', 'evaluate-flags/10', 'rollouts/10']
// `people/loaded-once`, `people/reloaded` and `people/at-once` are looked at by `npm run test:long`.
const PEOPLE = ['single/cohort', 'all/100', 'evaluate-flags/10', 'kinds', 'flag-keys', 'capture']
const MORE = ['one-by-client', 'wide-payloads']
for (const name of [...NAMES, ...[...PEOPLE, ...MORE].map((each) => `people/${each}`)]) {
  test(`what is timed as ${name} has posthog-node's answers`, () => assertTimedAnswers(name))
}

test('a case whose contender answers otherwise is not timed', async () => {
  const wrong = { name: 'x/y', varies: true }
  const calls = { stock: (turn) => turn, client: (turn) => turn + (turn === 3 ? 1 : 0) }
  await assert.rejects(caseList.assertAgreement(wrong, calls), /client differs from posthog-node/)
})

test('the synchronous digest is SHA-1, and posthog-node itself keeps its own', async () => {
  // The edited copy is found by its poller's module; what hashes is in @posthog/core.
  isolated.requireWithSynchronousDigest()
  assert.equal(require('@posthog/core').hashSHA1(INPUT), DIGEST)
  isolated.requireIsolated('posthog-node')
  const published = require('@posthog/core').hashSHA1(INPUT)
  assert.ok(published instanceof Promise)
  assert.equal(await published, DIGEST)
})

test('contenders share none of their JavaScript', () => {
  const [one, other] = [1, 2].map(() => isolated.requireIsolated('posthog-node'))
  assert.notEqual(one.PostHog, other.PostHog)
})

test('an area stands for its measurements, and an unknown name is refused', () => {
  assert.deepEqual(
    choose('reload,single/gate').map(({ name }) => name),
    ['single/gate', 'reload/1', 'reload/5', 'reload/20']
  )
  assert.throws(() => choose('singel'), /--list shows; received singel/)
})

/**
 * Results in which posthog-node takes `stock` and each of ours `own` nanoseconds.
 *
 * @param {string} name
 * @param {number} stock
 * @param {number} own
 */
function timedCase(name, stock, own) {
  const timing = (ns) => ({ name: '', ns, p99Ns: ns, calls: 1 })
  return {
    name,
    title: name,
    agreed: 1,
    timings: { stock: timing(stock), client: timing(own), evaluator: timing(own), floor: timing(own) },
  }
}

test('a goal is met at its bound and not beyond', () => {
  const verdict = (name, what, stock, own) => {
    const results = noResults()
    addResults(results, { cases: [timedCase(name, stock, own)] })
    return checkGoals(results).find((goal) => goal.what.startsWith(what)).met
  }
  const single = ['single/gate', 'best case: `LocalEvaluator.getFeatureFlag`']
  assert.equal(verdict(...single, 60_000, 1000), true)
  assert.equal(verdict(...single, 59_999, 1000), false)
  assert.equal(verdict('single/gate', 'the same, in time', 1, 350), true)
  assert.equal(verdict('single/gate', 'the same, in time', 1, 350.1), false)
  assert.equal(verdict('concurrent/100', '100 `getAllFlags` at once', 1, 3e6), true)
  assert.equal(verdict('concurrent/100', '100 `getAllFlags` at once', 1, 3.1e6), false)
  assert.equal(verdict('all/10', 'best case: client `getAllFlagsAndPayloads`, mix of 10', 1199, 10), false)
  assert.equal(verdict('people/all/10', 'client `getAllFlagsAndPayloads` of 10', 1200, 10), true)
  assert.equal(verdict('people/kinds', 'client `evaluateFlags` of 600', 1, 60_001), false)
})

test('a goal that was not measured is neither met nor missed', () => {
  const goals = checkGoals(noResults())
  assert.ok(goals.length > 20)
  assert.deepEqual(new Set(goals.map(({ met, measured }) => `${met} ${measured}`)), new Set(['undefined not measured']))
})

test('memory is compared by what is held beyond a process without definitions', () => {
  const held = (contender, ...loads) => ({
    contender,
    megabytes: 20,
    flags: 10,
    before: { rss: 50e6, heapUsed: 0, external: 0, arrayBuffers: 0 },
    after: loads.map((mb, index) => ({
      loads: index,
      rss: (50 + mb) * 1e6,
      heapUsed: 0,
      external: 0,
      arrayBuffers: 0,
    })),
  })
  const results = noResults()
  addResults(results, { memory: [held('posthog-node', 100, 100, 100, 100, 100)] })
  addResults(results, { memory: [held('posthog-node-native', 60, 60, 60, 60, 64)] })
  const memory = checkGoals(results).filter(({ what }) => what.includes('RSS') || what.includes('32 reloads'))
  assert.deepEqual(
    memory.map(({ met, measured }) => [met, measured]),
    [
      [true, '60 % (60 MB, 100 MB)'],
      [false, '64 % (64 MB, 100 MB)'],
      [false, '6.7 % (60 MB, 64 MB)'],
    ]
  )
})

test('a start and a reload are compared with those of posthog-node', () => {
  const start = (contender, importBeyond, first) => ({
    contender,
    steps: { importBeyond, 'untilFirstFlag/1000': first },
  })
  const reload = (contender, totalMs) => ({
    contender,
    source: 'http',
    megabytes: 5,
    totalMs,
    stallMs: 1,
    maxStallMs: 1,
  })
  const verdicts = (ours, theirs) => {
    const results = noResults()
    addResults(results, {
      startup: [start('posthog-node', 1, theirs), start('posthog-node-native', 8, ours)],
      reloads: [reload('posthog-node', theirs), reload('posthog-node-native', ours)],
    })
    const goals = checkGoals(results).filter(({ what }) =>
      /^`import|^`new PostHog`|^a changed document until it is live, 5 MB from HTTP/.test(what)
    )
    return goals.map(({ met }) => met)
  }
  assert.deepEqual(verdicts(20, 20), [true, true, true])
  assert.deepEqual(verdicts(20.1, 20), [true, false, false])
})

test('each case is in one table, that of the first area it belongs to', () => {
  const results = noResults()
  addResults(results, { cases: ['people/all/10', 'people/kinds', 'all/10'].map((name) => timedCase(name, 2, 1)) })
  assert.deepEqual(
    tables(results).map(({ rows }) => rows.map(([title]) => title)),
    [['people/all/10'], ['people/kinds'], ['all/10']]
  )
})

test('a table has a column for each contender that was timed', () => {
  const results = noResults()
  addResults(results, { cases: [timedCase('single/gate', 2000, 100)] })
  const [table] = tables(results)
  assert.deepEqual(table.head.slice(1, 3), ['posthog-node', 'our client'])
  assert.equal(table.rows[0][table.head.indexOf('ratio, client')], '20×')
})

test('the plot puts powers of ten at equal distances and writes names as text', () => {
  const svg = drawPlot({
    title: 'a < b & c',
    caption: '',
    series: [{ name: 'x', points: [[10, 1e3], [100, 1e4], [1000, 1e5]] }], // prettier-ignore
  })
  const [, line] = /polyline points="([^"]+)"/.exec(svg)
  const points = line.split(' ').map((point) => point.split(',').map(Number))
  const steps = [points[1][0] - points[0][0], points[2][0] - points[1][0]]
  assert.ok(Math.abs(steps[0] - steps[1]) < 0.2 && steps[0] > 0, line)
  assert.ok(points[0][1] > points[1][1] && points[1][1] > points[2][1], line)
  assert.match(svg, /a &#60; b &#38; c/)
  assert.match(svg, />100 µs</)
})

test('of several runs the medians are taken, and the goals name the figure of each', () => {
  const runOf = (/** @type {number} */ own, /** @type {number} */ stock) => {
    const results = noResults()
    const timings = /** @type {any} */ ({ stock: { ns: stock, p99: stock }, evaluator: { ns: own, p99: own } })
    results.cases.push({ name: 'people/single/cohort', title: 'one flag, cohort', agreed: 5, timings })
    return results
  }
  const runs = [runOf(300, 30_000), runOf(100, 20_000), runOf(200, 70_000)]
  const middle = medianOf(runs)
  assert.deepEqual(middle, runOf(200, 30_000))
  const { head, rows } = goalTable(checkGoals(middle), runs.map(checkGoals))
  assert.equal(head.at(-1), 'each run')
  const cohort = rows.find(([what]) => what === '`LocalEvaluator.getFeatureFlag`, cohort')
  assert.deepEqual(cohort?.slice(1), ['≥ 60×', '150× (30.0 µs / 200 ns)', 'met', '100×, 200×, 350×'])
  assert.equal(goalTable(checkGoals(middle), [checkGoals(middle)]).head.length, 4)
})
