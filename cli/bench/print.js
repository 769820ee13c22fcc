'use strict'

const { duration, ratio } = require('../measures.js')
const { bar, table } = require('../terminal.js')

/**
 * @typedef {import('../terminal.js').Terminal} Terminal
 * @typedef {import('./measure.js').BenchResult} BenchResult
 */

/** The shortest and the longest bar. */
const LEAST_BAR = 10
const LONGEST_BAR = 40
/** How many differences are named on the terminal. The JSON has more. */
const MAX_DIFFERENCES = 10

/**
 * @param {Terminal} terminal
 * @param {BenchResult} result
 */
function printResult(terminal, { leftOut, agreement, cases, flags }) {
  const count = (/** @type {number} */ number) => number.toLocaleString('en')
  if (leftOut.length > 0) {
    terminal.line(`Left out, for posthog-node never returns from them: ${leftOut.join(', ')}`)
  }
  const compared = `${count(agreement.values)} answers for ${count(agreement.people)} people`
  if (agreement.different > 0) {
    terminal.line(terminal.style('red', `${count(agreement.different)} of ${compared} differ from posthog-node's:`))
    for (const { flag, distinctId, by, expected, received } of agreement.differences.slice(0, MAX_DIFFERENCES)) {
      terminal.line(`  ${flag} for ${distinctId}, ${by}: ${shown(expected)} there, ${shown(received)} here`)
    }
    terminal.line(
      'Nothing was timed. docs/parity.md lists deliberate differences; anything else is a bug, please report it.'
    )
    return
  }
  terminal.line(terminal.style('green', `${compared}: all are posthog-node's.`))
  if (agreement.decided.length === 0) {
    terminal.line(
      `None of the ${flags} flags is decided locally, so there is nothing to time; see doctor --definitions.`
    )
    return
  }
  cases.forEach((each) => printCase(terminal, each))
}

/**
 * @param {Terminal} terminal
 * @param {import('./measure.js').CaseResult} result
 */
function printCase(terminal, { title, contenders }) {
  const slowest = Math.max(...contenders.map(({ medianNs }) => medianNs))
  const lines = table([
    ['', 'median', 'p99', 'CPU', 'faster', 'between'],
    ...contenders.map(({ name, medianNs, p99Ns, cpuNs, ratio: times }) => [
      name,
      duration(medianNs),
      duration(p99Ns),
      duration(cpuNs),
      times ? ratio(times.median) : '',
      times ? `${ratio(times.low)} and ${ratio(times.high)}` : '',
    ]),
  ])
  const width = Math.min(LONGEST_BAR, terminal.width - lines[0].length - 2)
  terminal.line()
  terminal.line(terminal.style('bold', title))
  terminal.line(terminal.style('dim', lines[0].trimEnd()))
  contenders.forEach(({ id, medianNs }, at) => {
    const drawn = width >= LEAST_BAR ? `  ${bar(medianNs / slowest, width)}` : ''
    terminal.line(lines[at + 1], terminal.style(id === 'stock' ? 'yellow' : 'green', drawn))
  })
}

/** @param {unknown} value */
function shown(value) {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

module.exports = { printResult }
