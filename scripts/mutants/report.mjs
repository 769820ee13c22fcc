// What came of a run: a table by folder, and the mutants that no test noticed.
import path from 'node:path'
import { describe, identity, readSurvivors } from './survivors.mjs'

/** @typedef {import('../mutants.mjs').Result} Result */

/** @type {[title: string, count: (row: Row) => string | number][]} */
const COLUMNS = [
  ['folder', ({ folder }) => folder],
  ['mutants', ({ results }) => results.length],
  ['viable', (row) => viable(row)],
  ['killed', (row) => killed(row)],
  ['of these by timeout', (row) => count(row, 'timeout')],
  ['survivors', (row) => count(row, 'missed')],
  ['killed of viable', (row) => `${((100 * killed(row)) / viable(row)).toFixed(1)} %`],
]

/** @typedef {{ folder: string, results: Result[] }} Row */

/**
 * @param {Row} row
 * @param {Result['verdict']} verdict
 */
const count = ({ results }, verdict) => results.filter((result) => result.verdict === verdict).length

/** @param {Row} row */
const viable = (row) => row.results.length - count(row, 'unviable')

/** @param {Row} row */
const killed = (row) => count(row, 'caught') + count(row, 'timeout')

/**
 * Prints the table, and what is wrong with the explained survivors.
 *
 * @param {Result[]} results
 * @param {(file: string) => string} sourceOf
 * @param {boolean} isWhole whether all mutants were tested
 * @returns {boolean} whether every survivor is explained, and every explanation is of a survivor
 */
export function report(results, sourceOf, isWhole) {
  printTable(results)
  const explained = new Set(readSurvivors().map(identity))
  const tested = results.map((result) => ({ ...result, at: describe(result.mutant, sourceOf(result.mutant.file)) }))
  const unexplained = tested.filter(({ verdict, at }) => verdict === 'missed' && !explained.has(identity(at)))
  const stale = tested.filter(({ verdict, at }) => verdict !== 'missed' && explained.has(identity(at)))
  const known = new Set(tested.map(({ at }) => identity(at)))
  const gone = isWhole ? [...explained].filter((survivor) => !known.has(survivor)) : []
  for (const { mutant, at } of unexplained) {
    console.log(`\nNo test notices ${mutant.name}\n${JSON.stringify({ ...at, reason: '' })}`)
  }
  stale.forEach(({ mutant, verdict }) => console.log(`\nExplained as a survivor, but ${verdict}: ${mutant.name}`))
  gone.forEach((survivor) => console.log(`\nExplained as a survivor, but there is no such mutant: ${survivor}`))
  const problems = unexplained.length + stale.length + gone.length
  const ways = 'write a test, or the reason into __test__/mutants/survivors.json'
  console.log(problems === 0 ? '\nEvery survivor is explained.' : `\n${problems} to look at; ${ways}`)
  return problems === 0
}

/** @param {Result[]} results */
function printTable(results) {
  /** @type {Map<string, Result[]>} */
  const byFolder = new Map()
  for (const result of results) {
    const folder = result.mutant.file.split(path.posix.sep).slice(0, 2).join('/')
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), result])
  }
  const rows = [...byFolder].sort().map(([folder, ofFolder]) => ({ folder: `\`${folder}\``, results: ofFolder }))
  rows.push({ folder: 'together', results })
  const lines = [
    COLUMNS.map(([title]) => title),
    COLUMNS.map(() => '---'),
    ...rows.map((row) => COLUMNS.map(([, cell]) => String(cell(row)))),
  ]
  console.log(`\n${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}`)
}
