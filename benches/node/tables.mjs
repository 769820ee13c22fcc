// The results as tables, which the terminal and the documents share.
import report from './report.js'
import contenders from './contenders.js'

/** @typedef {import('./results.mjs').Results} Results */
/** @typedef {import('./results.mjs').CaseResult} CaseResult */

/**
 * @typedef {object} Table
 * @property {string} title
 * @property {string[]} head
 * @property {string[][]} rows the first cell of each says what the row is about
 */

/** Areas of timed cases: title, how the client is called, and whether a call's cost is shown per flag too. */
const AREAS = [
  { area: 'single', title: 'One flag: `getFeatureFlag`', perFlag: false },
  { area: 'all', title: 'All flags: `getAllFlagsAndPayloads`', perFlag: true },
  { area: 'evaluate-flags', title: '`evaluateFlags`, then three flags read', perFlag: false },
  { area: 'rollouts', title: 'Plain rollouts: `getAllFlags`', perFlag: true },
  { area: 'concurrent', title: 'Many requests at once: `getAllFlags`', perFlag: false },
]

/**
 * @param {Results} results
 * @returns {Table[]} those that have rows
 */
export function tables(results) {
  const all = [...AREAS.map((area) => caseTable(results.cases, area)), ...otherTables(results)]
  return all.filter(({ rows }) => rows.length > 0)
}

/**
 * @param {CaseResult[]} cases
 * @param {typeof AREAS[number]} area
 * @returns {Table}
 */
function caseTable(cases, { area, title, perFlag }) {
  const rows = cases.filter(({ name }) => name.startsWith(`${area}/`)).flatMap((each) => caseRows(each, perFlag))
  return { title, head: ['', 'median', 'p99', ...(perFlag ? ['per flag'] : []), 'posthog-node takes'], rows }
}

/**
 * @param {CaseResult} result
 * @param {boolean} perFlag
 */
function caseRows({ title, size = 1, timings }, perFlag) {
  const stock = timings.stock
  const keys = /** @type {(keyof typeof timings)[]} */ (Object.keys(contenders.NAMES))
  return keys.flatMap((key) => {
    const timing = timings[key]
    if (!timing) {
      return []
    }
    const ratio = key === 'stock' || !stock ? '' : report.ratio(stock.ns / timing.ns)
    const each = perFlag ? [report.duration(timing.ns / size)] : []
    return [[`${title}: ${timing.name}`, report.duration(timing.ns), report.duration(timing.p99Ns), ...each, ratio]]
  })
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
