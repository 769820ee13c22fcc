// The results as tables, which the terminal and the documents share.
import report from './report.js'

/** @typedef {import('./results.mjs').Results} Results */
/** @typedef {import('./results.mjs').CaseResult} CaseResult */

/**
 * @typedef {object} Table
 * @property {string} title
 * @property {string[]} head
 * @property {string[][]} rows the first cell of each says what the row is about
 */

/**
 * Areas of timed cases.
 *
 * @typedef {object} Area
 * @property {string} area what the names of its cases begin with
 * @property {string} title
 * @property {'client' | 'evaluator'} [perFlag] whose time is also shown per flag
 */

/** People who differ: the headline. @type {Area[]} */
const PEOPLE = [
  { area: 'people/single', title: 'One flag by `LocalEvaluator.getFeatureFlag`' },
  { area: 'people/all', title: 'All flags by `getAllFlagsAndPayloads`', perFlag: 'client' },
  { area: 'people/evaluate-flags', title: '`evaluateFlags` and three flags read' },
  { area: 'people', title: 'Other uses' },
]

/** The same person, who has everything, in every call: the best case. @type {Area[]} */
const BEST = [
  { area: 'single', title: 'One flag: `getFeatureFlag`' },
  { area: 'all', title: 'All flags: `getAllFlagsAndPayloads`', perFlag: 'client' },
  { area: 'evaluate-flags', title: '`evaluateFlags`, then three flags read' },
  { area: 'rollouts', title: 'Rollouts of 50 %: `getAllFlags`', perFlag: 'evaluator' },
  { area: 'concurrent', title: 'Many requests at once: `getAllFlags`' },
]

/** The contenders as columns, in their order and in short. @type {Record<keyof import('../contenders.js').Contenders, string>} */
const COLUMNS = {
  stock: 'posthog-node',
  sync: 'synchronous digest',
  client: 'our client',
  evaluator: 'our LocalEvaluator',
  floor: 'idle poller',
}

/**
 * @param {Results} results
 * @returns {Table[]} those that have rows
 */
export function tables(results) {
  const all = [defaultCallTable(results), ...peopleTables(results), ...bestTables(results), ...otherTables(results)]
  return all.filter(({ rows }) => rows.length > 0)
}

/** @param {Results} results */
export function peopleTables({ cases }) {
  return caseTables(cases, PEOPLE)
}

/** @param {Results} results */
export function bestTables({ cases }) {
  return caseTables(cases, BEST)
}

/**
 * Each case is in the first area that it belongs to.
 *
 * @param {CaseResult[]} cases
 * @param {Area[]} areas
 */
function caseTables(cases, areas) {
  const areaOf = (/** @type {CaseResult} */ { name }) => areas.find(({ area }) => name.startsWith(`${area}/`))
  const made = areas.map((area) =>
    caseTable(
      cases.filter((each) => areaOf(each) === area),
      area
    )
  )
  return made.filter(({ rows }) => rows.length > 0)
}

/** @param {Results} results */
function defaultCallTable({ defaultCalls }) {
  return {
    title: 'A backend with the default settings: 400 requests a second, three flags read of a new person in each',
    head: ['', 'processor time of a request', 'the loop alone, besides', 'event loop, p99 delay', 'events delivered'],
    rows: defaultCalls.map(({ contender, flags, cpuUs, loopUs, delayP99Ms, delivered }) => [
      `${flags} flags: ${contender}`,
      report.duration(cpuUs * 1000),
      report.duration(loopUs * 1000),
      `${delayP99Ms.toFixed(1)} ms`,
      `${(delivered * 100).toFixed(1)} %`,
    ]),
  }
}

/**
 * One row for each case: each contender's median and, in brackets, its 99th percentile.
 *
 * @param {CaseResult[]} measured
 * @param {Area} area
 * @returns {Table}
 */
function caseTable(measured, { title, perFlag }) {
  const keys = /** @type {(keyof typeof COLUMNS)[]} */ (Object.keys(COLUMNS))
  const columns = keys.filter((key) => measured.some(({ timings }) => timings[key]))
  const own = columns.filter((key) => key === 'client' || key === 'evaluator')
  const head = [
    '',
    ...columns.map((key) => COLUMNS[key]),
    ...own.map((key) => `ratio, ${shortName(key)}`),
    ...(perFlag ? [`per flag, ${shortName(perFlag)}`] : []),
  ]
  const rows = measured.map((each) => [
    each.title,
    ...columns.map((key) => medianAndP99(each.timings[key])),
    ...own.map((key) => ratioTo(each.timings.stock, each.timings[key])),
    ...(perFlag ? [report.duration((each.timings[perFlag]?.ns ?? NaN) / (each.size ?? 1))] : []),
  ])
  return { title, head, rows }
}

/** @param {'client' | 'evaluator'} key */
function shortName(key) {
  return key === 'client' ? 'client' : 'LocalEvaluator'
}

/** @param {import('./results.mjs').Timing} [timing] */
function medianAndP99(timing) {
  return timing ? `${report.duration(timing.ns)} (${report.duration(timing.p99Ns)})` : ''
}

/**
 * @param {{ ns: number }} [stock]
 * @param {{ ns: number }} [own]
 */
function ratioTo(stock, own) {
  return stock && own ? report.ratio(stock.ns / own.ns) : ''
}

/**
 * @param {Results} results
 * @returns {Table[]} those that have rows
 */
export function otherTables({ reloads, memory, startup, addonBytes, hashBlock }) {
  const ms = (/** @type {number} */ value) => `${value.toFixed(1)} ms`
  const mb = (/** @type {number} */ value) => `${(value / 1e6).toFixed(1)} MB`
  const sources = { http: 'HTTP', text: 'a provider of text', bytes: 'a provider of bytes' }
  const all = [
    {
      title: 'Reloading definitions',
      head: ['', 'total', 'longest stall, median', 'longest stall, max', 'first evaluation of all flags'],
      rows: reloads.map(({ contender, source, megabytes, totalMs, stallMs, maxStallMs, firstAllMs }) => [
        `${megabytes} MB from ${sources[/** @type {keyof typeof sources} */ (source)]}: ${contender}`,
        ...[totalMs, stallMs, maxStallMs, firstAllMs].map(ms),
      ]),
    },
    {
      title: 'Memory held by definitions, beyond a process without them',
      head: ['', 'RSS', 'JavaScript heap', 'RSS per flag'],
      rows: memory.flatMap(({ contender, megabytes, flags, before, after }) =>
        after.map(({ loads, rss, heapUsed }) => [
          `${megabytes} MB (${flags.toLocaleString('en')} flags), load ${loads}: ${contender}`,
          mb(rss - before.rss),
          mb(heapUsed - before.heapUsed),
          `${Math.round((rss - before.rss) / flags)} bytes`,
        ])
      ),
    },
    {
      title: 'Starting',
      head: ['', 'time'],
      rows: startup.flatMap(({ contender, steps }) =>
        Object.entries(steps)
          .filter(([step]) => !step.endsWith('Beyond') || contender !== 'posthog-node')
          .map(([step, took]) => [`${stepTitle(step)}: ${contender}`, ms(took)])
      ),
    },
    {
      title: 'The addon and the machine',
      head: ['', ''],
      rows: [
        ...(addonBytes === undefined ? [] : [['size of the addon, stripped', mb(addonBytes)]]),
        ...(hashBlock
          ? [[`one SHA-1 block, best path (${hashBlock.benchmark})`, `${hashBlock.ns.toFixed(1)} ns`]]
          : []),
      ],
    },
  ]
  return all.filter(({ rows }) => rows.length > 0)
}

/** @type {Record<string, string>} */
const STEPS = {
  requireStock: "require('posthog-node')",
  requireBeyond: "require('posthog-node-native'), beyond that",
  importBeyond: "import 'posthog-node-native', beyond posthog-node",
  untilFirstFlag: 'new PostHog, until the first flag is answered',
  clientReady: 'the part of it until they are loaded',
  firstFlag: 'the first getFeatureFlag',
  firstAll: 'then the first getAllFlags',
  secondClient: 'a second client, until its flags are loaded',
  evaluatorAndFirstFlag: 'new LocalEvaluator of text and its first flag',
}

/** @param {string} name of a step and, behind a slash, how many flags there are in the cache */
function stepTitle(name) {
  const [step, flags] = name.split('/')
  return flags === undefined ? STEPS[step] : `${Number(flags).toLocaleString('en')} flags: ${STEPS[step]}`
}

/** @param {Table} table */
export function toMarkdown({ head, rows }) {
  const line = (/** @type {string[]} */ cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [
    line(head),
    `| --- | ${head
      .slice(1)
      .map(() => '---:')
      .join(' | ')} |`,
    ...rows.map(line),
  ].join('\n')
}

/** @param {Table} table */
export function toText({ title, head, rows }) {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((cells) => (cells[column] ?? '').length)))
  const line = (/** @type {string[]} */ cells) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
      .join('  ')
      .trimEnd()
  return [title.replaceAll('`', ''), line(head), ...rows.map(line)].join('\n')
}

/**
 * The comparison with other products.
 *
 * @param {import('./results.mjs').PeerResult[]} peers
 * @returns {Table}
 */
export function peerTable(peers) {
  return {
    title: '50 % rollout and one condition, alone and 100 of them',
    head: ['', 'version', '1 flag', 'p99', '100 flags', 'p99', 'split', 'how'],
    rows: peers.map(({ name, version, one, all, share, how }) => [
      ...[name, version],
      ...[one.ns, one.p99Ns, all.ns, all.p99Ns].map(report.duration),
      ...[share.toFixed(3), how],
    ]),
  }
}
