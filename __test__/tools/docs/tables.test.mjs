// What documents list stands there once. Two versions of a table that were merged into one contradict each other.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'

import { outlineOf } from './support/tables.mjs'

/** How many characters at its beginning tell a case from every other one. */
const DISTINCT = 32

const root = new URL('../../../', import.meta.url)
const documents = ['.', 'docs', '__test__/parity', 'benches/peers']
  .flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, root))
      .filter((name) => name.endsWith('.md'))
      .map((name) => (folder === '.' ? name : `${folder}/${name}`))
  )
  .filter((name) => name !== 'THIRD-PARTY-NOTICES.md')

/**
 * @param {string[]} texts
 * @returns {string[]} those that come a second time
 */
const repeated = (texts) => texts.filter((text, index) => texts.indexOf(text) < index)

/**
 * What stands in a document twice.
 *
 * @param {string} markdown
 * @returns {string[]}
 */
function repetitionsIn(markdown) {
  const { sections, tables } = outlineOf(markdown)
  return [
    ...repeated(sections).map((section) => `the section '${section}' stands there twice`),
    ...tables.flatMap(({ header, rows, line }) => [
      ...rows.filter((row) => row.join() === header.join()).map(() => `the table of line ${line} has a second header`),
      ...rows
        .filter((row) => row.every((cell) => /^:?-+:?$/.test(cell)))
        .map(() => `line ${line}: a rule among its rows`),
      ...rows.filter((row) => row.length !== header.length).map((row) => `line ${line}: '${row[0]}' lacks cells`),
      ...repeated(rows.map((row) => row.join(' | '))).map((row) => `line ${line} lists twice: ${row}`),
    ]),
  ]
}

describe('the documents', () => {
  for (const name of documents) {
    it(`${name} has each section, table and row once`, () => {
      assert.deepEqual(repetitionsIn(readFileSync(new URL(name, root), 'utf8')), [])
    })
  }

  it('docs/parity.md has one table of differences in each section, and one row for each case', () => {
    const { tables } = outlineOf(readFileSync(new URL('docs/parity.md', root), 'utf8'))
    const differences = tables.filter(({ header }) => header.includes('case'))
    assert.deepEqual(repeated(differences.map(({ section, header }) => `${section}: ${header.join(' | ')}`)), [])
    const cases = differences.flatMap(({ header, rows }) => rows.map((row) => row[header.indexOf('case')]))
    assert.deepEqual(repeated(cases.map((text) => text.slice(0, DISTINCT))), [], 'two rows begin so')
  })

  it('a document merged from two versions of a table would be noticed', () => {
    const header = ['| case | here |', '| ---- | ---- |']
    const rows = ['| one | yes |', '| two | no |']
    const merged = (/** @type {string[]} */ ...lines) => repetitionsIn(['## Of a table', '', ...lines].join('\n'))
    assert.deepEqual(merged(...header, ...rows), [])
    assert.match(merged(...header, ...rows, ...header, '| three | no |').join(), /second header/)
    assert.match(merged(...header, ...rows, rows[0]).join(), /lists twice/)
    assert.match(merged(...header, '', '## Of a table').join(), /the section/)
  })
})
