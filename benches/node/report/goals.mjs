// What this package sets out to reach, beside what a run measured.
import report from './report.js'

/** @typedef {import('./results.mjs').Results} Results */

/**
 * @typedef {object} Goal
 * @property {string} what
 * @property {string} goal
 * @property {string} measured
 * @property {boolean} [met] undefined if it was not measured
 */

/** Of two times, ours and posthog-node's. */
const NOT_SLOWER = 'not slower than posthog-node'

/** One empty Node-API call, the least that any evaluation costs. */
const EMPTY_CALL_NS = 7

/**
 * @param {Results} results timed cases of one core, everything else of all
 * @returns {Goal[]}
 */
export function checkGoals(results) {
  return [
    ...defaultCalls(results),
    ...people(results),
    ...starting(results),
    ...live(results),
    firstAll(results),
    ...stalls(results),
    ...memory(results),
    ...singleFlags(results),
    ...ratios(results, 'all', 'best case: client `getAllFlagsAndPayloads`, mix', { 10: 120, 100: 350, 1000: 500 }),
    ...ratios(results, 'evaluate-flags', 'best case: client `evaluateFlags` and three reads, mix', {
      10: 60,
      100: 150,
      1000: 500,
    }),
    ...limits(results),
    concurrency(results),
    growth(results),
    ...ahead(results),
    size(results),
  ]
}

/**
 * @param {Results} results
 * @param {string} name
 */
function timings({ cases }, name) {
  return cases.find((each) => each.name === name)?.timings
}

/** @param {Results} results */
function singleFlags(results) {
  const gate = timings(results, 'single/gate')
  const shapes = timings(results, 'single/gate-16-shapes')
  return [
    atLeast(
      'best case: `LocalEvaluator.getFeatureFlag`, 50 % rollout and 1 condition',
      60,
      gate?.stock,
      gate?.evaluator
    ),
    atMostNs('the same, in time', 350, gate?.evaluator?.ns),
    atLeast('best case: client `getFeatureFlag`, 16 person shapes', 14, shapes?.stock, shapes?.client),
    atMostTimes("the same, against posthog-node's client over an idle poller", 1.3, shapes?.client, shapes?.floor),
  ]
}

/** Processor time of a request, delivery of its events included. @param {Results} results */
function defaultCalls({ defaultCalls: found }) {
  return Object.entries({ 30: 7, 100: 12 }).map(([flags, goal]) => {
    const measured = found.filter((each) => each.flags === Number(flags))
    const time = (/** @type {typeof found[number] | undefined} */ result) => result && { ns: result.cpuUs * 1000 }
    const stock = measured.find((each) => !isOurs(each))
    const what = `a backend with the default settings, ${flags} flags: processor time of a request`
    return atLeast(what, goal, time(stock), time(measured.find(isOurs)))
  })
}

/** What is reached for people who differ, over flags of every kind. @param {Results} results */
function people(results) {
  const [young, aged] = ['people/loaded-once', 'people/reloaded'].map((name) => timings(results, name)?.client)
  return [
    ...ratios(results, 'people/all', 'client `getAllFlagsAndPayloads`', {
      10: 120,
      100: 250,
      1000: 180,
    }),
    ...ratios(results, 'people/evaluate-flags', 'client `evaluateFlags` and three reads', {
      10: 120,
      100: 300,
      1000: 350,
    }),
    ...Object.entries({ variants: 60, cohort: 60, group: 70 }).map(([kind, goal]) => {
      const timed = timings(results, `people/single/${kind}`)
      return atLeast(`\`LocalEvaluator.getFeatureFlag\`, ${kind}`, goal, timed?.stock, timed?.evaluator)
    }),
    atMostTimes(
      'client `getAllFlagsAndPayloads` of 1000 after 5 reloads that added a flag each, against before',
      1.1,
      aged,
      young
    ),
    atMostNs(
      'client `evaluateFlags` of 600 and one read, 2,000 kinds of people',
      60e3,
      timings(results, 'people/kinds')?.client?.ns
    ),
  ]
}

/**
 * @param {Results} results
 * @param {string} area
 * @param {string} what
 * @param {Record<number, number>} goals
 */
function ratios(results, area, what, goals) {
  return Object.entries(goals).map(([size, goal]) => {
    const timed = timings(results, `${area}/${size}`)
    return atLeast(`${what} of ${size}`, goal, timed?.stock, timed?.client)
  })
}

/** @param {Results} results */
function limits(results) {
  const { hashBlock } = results
  return [100, 1000].map((count) => {
    const evaluator = timings(results, `rollouts/${count}`)?.evaluator
    const what = `\`LocalEvaluator.getAllFlags\` over ${count} plain rollouts`
    if (!hashBlock || !evaluator) {
      return notMeasured(what, 'within 2× of the limit')
    }
    const limit = EMPTY_CALL_NS + count * hashBlock.ns
    return {
      what,
      goal: `within 2× of ${EMPTY_CALL_NS} ns + ${count} × ${hashBlock.ns.toFixed(1)} ns = ${report.duration(limit)}`,
      measured: `${report.duration(evaluator.ns)}, ${(evaluator.ns / limit).toFixed(2)}×`,
      met: evaluator.ns <= 2 * limit,
    }
  })
}

/** @param {Results} results */
function concurrency(results) {
  return atMostNs('100 `getAllFlags` at once over 100 mixed flags', 3e6, timings(results, 'concurrent/100')?.client?.ns)
}

/**
 * What a process waits for when it starts.
 *
 * @param {Results} results
 */
function starting({ startup }) {
  const [ours, theirs] = [startup.find(isOurs), startup.find((each) => !isOurs(each))].map((found) => found?.steps)
  const beyond = ["`import 'posthog-node-native'` beyond posthog-node's own", '≤ 8 ms']
  const first = ['`new PostHog`, until the first of 1,000 flags from a cache is answered', NOT_SLOWER]
  if (!ours || !theirs) {
    return [beyond, first].map(([what, goal]) => notMeasured(what, goal))
  }
  const imported = ours.importBeyond
  const [own, stock] = [ours['untilFirstFlag/1000'], theirs['untilFirstFlag/1000']]
  return [
    { what: beyond[0], goal: beyond[1], measured: ms(imported), met: imported <= 8 },
    { what: first[0], goal: first[1], measured: `${ms(own)}, ${ms(stock)}`, met: own <= stock },
  ]
}

/** @param {number} milliseconds */
function ms(milliseconds) {
  return `${milliseconds.toFixed(1)} ms`
}

const SOURCE_NAMES = { http: 'HTTP', text: 'a provider of text' }

/** How long until a changed document is live. @param {Results} results */
function live({ reloads }) {
  return [1, 5, 20].flatMap((megabytes) =>
    Object.entries(SOURCE_NAMES).map(([source, name]) => {
      const what = `a changed document until it is live, ${megabytes} MB from ${name}`
      const of = reloads.filter((each) => each.megabytes === megabytes && each.source === source)
      const ours = of.find(isOurs)
      const theirs = of.find((each) => !isOurs(each))
      if (!ours || !theirs) {
        return notMeasured(what, NOT_SLOWER)
      }
      const measured = `${ms(ours.totalMs)}, posthog-node ${ms(theirs.totalMs)}`
      return { what, goal: NOT_SLOWER, measured, met: ours.totalMs <= theirs.totalMs }
    })
  )
}

/** @param {Results} results */
function firstAll({ reloads }) {
  const ours = reloads.find((each) => each.megabytes === 1 && each.source === 'http' && isOurs(each))
  const what = 'first `getAllFlagsAndPayloads` after a reload of 1 MB'
  return atMostNs(what, 3e6, ours && ours.firstAllMs * 1e6)
}

/** @param {Results} results */
function stalls({ reloads }) {
  return Object.entries({ 1: 1, 5: 2, 20: 5 }).flatMap(([megabytes, goal]) =>
    Object.entries(SOURCE_NAMES).map(([source, name]) => {
      const what = `longest event-loop stall, ${megabytes} MB from ${name}`
      const found = reloads.find(
        (each) => each.megabytes === Number(megabytes) && each.source === source && isOurs(each)
      )
      if (!found) {
        return notMeasured(what, `≤ ${goal} ms`)
      }
      const measured = `${found.stallMs.toFixed(1)} ms (worst of ${found.reloads}: ${found.maxStallMs.toFixed(1)} ms)`
      return { what, goal: `≤ ${goal} ms`, measured, met: found.stallMs <= goal }
    })
  )
}

/** @param {Results} results */
function memory({ memory: found }) {
  const ours = found.find(isOurs)
  const theirs = found.find((each) => !isOurs(each))
  const goal = '≤ 60 % of posthog-node'
  const titles = ['RSS held by 20 MB of definitions', 'the same after 32 reloads']
  const flat = 'RSS from 16 to 32 reloads'
  if (!ours || !theirs) {
    return [...titles.map((what) => notMeasured(what, goal)), notMeasured(flat, '≤ 5 % more')]
  }
  const held = (/** @type {typeof ours} */ result, /** @type {number} */ index) =>
    (result.after.at(index)?.rss ?? NaN) - result.before.rss
  const mb = (/** @type {number} */ bytes) => `${Math.round(bytes / 1e6)} MB`
  const rows = titles.map((what, index) => {
    const [own, stock] = [held(ours, -index), held(theirs, -index)]
    return {
      what,
      goal,
      measured: `${Math.round((own / stock) * 100)} % (${mb(own)}, ${mb(stock)})`,
      met: own <= 0.6 * stock,
    }
  })
  const [middle, end] = [held(ours, 2), held(ours, -1)]
  const measured = `${((end / middle - 1) * 100).toFixed(1)} % (${mb(middle)}, ${mb(end)})`
  return [...rows, { what: flat, goal: '≤ 5 % more', measured, met: end <= 1.05 * middle }]
}

/** @param {Results} results */
function growth(results) {
  const what = 'client `getAllFlagsAndPayloads` from 10 to 10,000 flags'
  const sizes = [10, 100, 1000, 10_000]
  const times = sizes.map((size) => timings(results, `all/${size}`)?.client?.ns)
  const goal = 'no faster than linearly: ≤ 1000×'
  if (times.includes(undefined)) {
    return notMeasured(what, goal)
  }
  const perFlag = times.map((ns, index) => report.duration(Number(ns) / sizes[index])).join(', ')
  const times1000 = Number(times[3]) / Number(times[0])
  return { what, goal, measured: `${report.ratio(times1000)} (per flag: ${perFlag})`, met: times1000 <= 1000 }
}

/** @param {Results} results */
function ahead({ peers }) {
  const ours = peers.find(({ name }) => name === 'posthog-node-native, LocalEvaluator')
  const others = peers.filter(({ isOwn }) => !isOwn)
  return [
    { key: /** @type {const} */ ('one'), what: 'best peer of `bench:peers`, single gate', goal: 3 },
    { key: /** @type {const} */ ('all'), what: 'best peer of `bench:peers`, 100 flags', goal: 15 },
  ].map(({ key, what, goal }) => {
    if (!ours || others.length === 0) {
      return notMeasured(what, `≥ ${goal}×`)
    }
    const best = others.reduce((least, each) => (each[key].ns < least[key].ns ? each : least))
    const { measured, met } = atLeast(what, goal, best[key], ours[key])
    return { what, goal: `≥ ${goal}×`, measured: `${measured}; ${best.name}`, met }
  })
}

/** @param {Results} results */
function size({ addonBytes }) {
  const [what, goal] = ['addon, stripped', '≤ 6 MB']
  return addonBytes === undefined
    ? notMeasured(what, goal)
    : { what, goal, measured: `${(addonBytes / 1e6).toFixed(2)} MB`, met: addonBytes <= 6e6 }
}

/** @param {{ contender: string }} result */
function isOurs({ contender }) {
  return contender === 'posthog-node-native'
}

/**
 * @param {string} what
 * @param {string} goal
 * @returns {Goal}
 */
function notMeasured(what, goal) {
  return { what, goal, measured: 'not measured' }
}

/**
 * @param {string} what
 * @param {number} goal
 * @param {{ ns: number } | undefined} slower
 * @param {{ ns: number } | undefined} faster
 * @returns {Goal}
 */
function atLeast(what, goal, slower, faster) {
  if (!slower || !faster) {
    return notMeasured(what, `≥ ${goal}×`)
  }
  const ratio = slower.ns / faster.ns
  const times = `${report.duration(slower.ns)} / ${report.duration(faster.ns)}`
  return { what, goal: `≥ ${goal}×`, measured: `${report.ratio(ratio)} (${times})`, met: ratio >= goal }
}

/**
 * @param {string} what
 * @param {number} goal
 * @param {{ ns: number } | undefined} timing
 * @param {{ ns: number } | undefined} floor
 * @returns {Goal}
 */
function atMostTimes(what, goal, timing, floor) {
  if (!timing || !floor) {
    return notMeasured(what, `≤ ${goal}×`)
  }
  const times = `${report.duration(timing.ns)} / ${report.duration(floor.ns)}`
  const ratio = timing.ns / floor.ns
  return { what, goal: `≤ ${goal}×`, measured: `${ratio.toFixed(2)}× (${times})`, met: ratio <= goal }
}

/**
 * @param {string} what
 * @param {number} goal
 * @param {number | undefined} ns
 * @returns {Goal}
 */
function atMostNs(what, goal, ns) {
  const written = `≤ ${report.duration(goal)}`
  return ns === undefined
    ? notMeasured(what, written)
    : { what, goal: written, measured: report.duration(ns), met: ns <= goal }
}

/**
 * @param {Goal[]} goals
 * @param {Goal[][]} runs the same goals beside what each run measured by itself
 * @returns {import('./tables.mjs').Table}
 */
export function goalTable(goals, runs) {
  const verdict = (/** @type {boolean | undefined} */ met) => (met === undefined ? '–' : met ? 'met' : 'NOT met')
  const figure = (/** @type {Goal} */ { measured }) => measured.split(/ \(|, /)[0]
  const isOne = runs.length <= 1
  return {
    title: 'Goals',
    head: ['what', 'goal', 'measured', '', ...(isOne ? [] : ['each run'])],
    rows: goals.map(({ what, goal, measured, met }, row) => [
      ...[what, goal, measured, verdict(met)],
      ...(isOne ? [] : [runs.map((run) => figure(run[row])).join(', ')]),
    ]),
  }
}
