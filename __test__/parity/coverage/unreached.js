'use strict'

// Places in the Rust evaluator that were never executed, and what is known of them.

const { readFileSync } = require('node:fs')
const { EXPLAINED } = require('./explained.js')

/**
 * @typedef {{ file: string, line: number, text: string, what: string, why?: string }} Place
 *
 * Of a file as `llvm-cov export` describes it. Segments are `[line, column, count, hasCount, isEntry, isGap]`, branches
 * `[line, column, endLine, endColumn, timesTrue, timesFalse, …]`.
 * @returns {Place[]} one for each line
 */
function unreachedOf({ file, filename, segments, branches }) {
  const source = readFileSync(filename, 'utf8').split('\n')
  const found = new Map()
  const add = (line, what) => found.set(line, (found.get(line) ?? new Set()).add(what))
  for (const [line, , count, hasCount, isEntry, isGap] of segments) {
    // A brace on its own is the end of what was not reached, or the way around it.
    if (hasCount && isEntry && !isGap && count === 0 && source[line - 1].trim() !== '}') {
      add(line, 'never reached')
    }
  }
  for (const { line, column, endColumn, timesTrue, timesFalse } of merged(branches)) {
    if (timesTrue === 0 || timesFalse === 0) {
      add(line, `\`${source[line - 1].slice(column - 1, endColumn - 1)}\` never ${timesTrue === 0 ? 'true' : 'false'}`)
    }
  }
  return [...found]
    .sort(([line], [other]) => line - other)
    .map(([line, what]) => {
      const text = source[line - 1].trim()
      return { file, line, text, what: [...what].join(', '), why: reasonFor(file, text) }
    })
}

/** A generic function has its branches once for each type it is used with; together they count as one. */
function merged(branches) {
  const byPlace = new Map()
  for (const [line, column, endLine, endColumn, timesTrue, timesFalse] of branches) {
    const place = [line, column, endLine, endColumn].join()
    const known = byPlace.get(place) ?? { line, column, endColumn, timesTrue: 0, timesFalse: 0 }
    byPlace.set(place, { ...known, timesTrue: known.timesTrue + timesTrue, timesFalse: known.timesFalse + timesFalse })
  }
  return byPlace.values()
}

const reasonFor = (file, text) => EXPLAINED.find((explained) => explained.file === file && explained.text === text)?.why

module.exports = { unreachedOf }
