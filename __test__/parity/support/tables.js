'use strict'

// The counts of a run as text.

const { OUTCOMES } = require('./tally.js')
const { OPERATOR_NAMES } = require('../generate/operator-case.js')
const { TYPE_NAMES } = require('../generate/value-types.js')
const { FEATURES } = require('../generate/features.js')

const number = (count) => count.toLocaleString('en-US')

function outcomeTable(title, names, counts) {
  const rows = names.map((name) => {
    const of = counts[name] ?? {}
    const total = OUTCOMES.reduce((total, outcome) => total + (of[outcome] ?? 0), 0)
    const shares = OUTCOMES.map((outcome) => `${(((of[outcome] ?? 0) / total) * 100 || 0).toFixed(0)} %`)
    return [name, number(total), ...shares]
  })
  return table([[title, 'flags', 'on', 'off', 'unresolved'], ...rows])
}

/** Rows of cells in columns, the first to the left and the others to the right. */
function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  const line = (row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  ')
  return rows.map(line).join('\n')
}

/** How often each operator met each kind of value: the number of digits of the count, or `·` for never. */
function matrix(pairs) {
  const width = Math.max(...TYPE_NAMES.map((type) => type.length))
  const letters = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ']
  const legend = OPERATOR_NAMES.map((operator, index) => `${letters[index]} ${operator}`).join(', ')
  const cell = (count) => (count ? String(count).length : '·')
  const rows = TYPE_NAMES.map(
    (type) => `${type.padEnd(width)}  ${OPERATOR_NAMES.map((operator) => cell(pairs[operator]?.[type])).join(' ')}`
  )
  const met = OPERATOR_NAMES.flatMap((operator) => TYPE_NAMES.filter((type) => pairs[operator]?.[type])).length
  return [
    `Operators and kinds of values: ${met} of ${OPERATOR_NAMES.length * TYPE_NAMES.length} pairs met.`,
    `A cell is the number of digits of the count. ${legend}.`,
    '',
    `${''.padEnd(width)}  ${letters.slice(0, OPERATOR_NAMES.length).join(' ')}`,
    ...rows,
  ].join('\n')
}

/** Everything that a run has tried. */
function tablesOf({ kinds, subjects, pairs, answers, projects }) {
  const list = (counts) =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${number(count)}`)
      .join(', ')
  return [
    outcomeTable('kind of case', Object.keys(kinds), kinds),
    outcomeTable('operator', OPERATOR_NAMES, subjects),
    outcomeTable('feature', Object.keys(FEATURES), subjects),
    matrix(pairs),
    `Answers: ${list(answers)}.`,
    `Projects: ${list(projects)}.`,
  ].join('\n\n')
}

module.exports = { tablesOf, table, number }
