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

/** Areas of timed cases; `perFlag` says whose time is also shown per flag. */
const AREAS = [
  { area: 'people', title: 'Flags of every kind, people who differ' },
  { area: 'single', title: 'One flag: `getFeatureFlag`' },
  { area: 'all', title: 'All flags: `getAllFlagsAndPayloads`', perFlag: /** @type {const} */ ('client') },
  { area: 'evaluate-flags', title: '`evaluateFlags`, then three flags read' },
  { area: 'rollouts', title: 'Rollouts of 50 %: `getAllFlags`', perFlag: /** @type {const} */ ('evaluator') },
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
  const all = [
    defaultCallTable(results),
    ...AREAS.map((area) => caseTable(results.cases, area)),
    ...otherTables(results),
  ]
  return all.filter(({ rows }) => rows.length > 0)
}

/** @param {Results} results */
function defaultCallTable({ defaultCalls }) {
  return {
    title: 'A backend with the default settings: 400 requests a second, three flags read of a new person in each',
    head: ['', 'processor time of a request', 'event loop, p99 delay', 'events delivered'],
    rows: defaultCalls.map(({ contender, flags, cpuUs, delayP99Ms, delivered }) => [
      `${flags} flags: ${contender}`,
      report.duration(cpuUs * 1000),
      `${delayP99Ms.toFixed(1)} ms`,
      `${(delivered * 100).toFixed(1)} %`,
    ]),
  }
}

/**
 * One row for each case: each contender's median and, in brackets, its 99th percentile.
 *
 * @param {CaseResult[]} cases
 * @param {{ area: string, title: string, perFlag?: 'client' | 'evaluator' }} area
 * @returns {Table}
 */
function caseTable(cases, { area, title, perFlag }) {
  const measured = cases.filter(({ name }) => name.startsWith(`${area}/`))
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
 * @returns {Table[]}
 */
function otherTables({ reloads, memory, startup, addonBytes, hashBlock }) {
  const ms = (/** @type {number} */ value) => `${value.toFixed(1)} ms`
  const mb = (/** @type {number} */ value) => `${(value / 1e6).toFixed(1)} MB`
  const sources = { http: 'HTTP', text: 'a provider of text', bytes: 'a provider of bytes' }
  return [
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
          .filter(([step]) => step !== 'requireBeyond' || contender !== 'posthog-node')
          .map(([step, took]) => [`${STEPS[step]}: ${contender}`, ms(took)])
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
}

/** @type {Record<string, string>} */
const STEPS = {
  requireStock: "require('posthog-node')",
  requireBeyond: "require('posthog-node-native'), beyond that",
  clientReady: 'new PostHog over 100 flags, until they are loaded',
  firstFlag: 'first getFeatureFlag',
  firstAll: 'first getAllFlags',
  evaluatorAndFirstFlag: 'new LocalEvaluator over 100 flags and its first flag',
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
