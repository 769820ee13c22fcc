// The tables of a Markdown file, with the headings that they stand under.

/**
 * @typedef {object} Table
 * @property {string} section the headings above it, outermost first
 * @property {number} line where its header stands
 * @property {string[]} header
 * @property {string[][]} rows
 *
 * @typedef {object} Outline
 * @property {string[]} sections each heading with those it stands under
 * @property {Table[]} tables
 */

const DELIMITER = /^\|(?: *:?-+:? *\|)+$/

/**
 * @param {string} markdown
 * @returns {Outline}
 */
export function outlineOf(markdown) {
  /** @type {Outline} */
  const outline = { sections: [], tables: [] }
  /** @type {string[]} */
  const headings = []
  /** @type {Table | undefined} */
  let table
  let isCode = false
  for (const [index, line] of markdown.split('\n').entries()) {
    if (line.startsWith('```')) {
      isCode = !isCode
    }
    const heading = isCode ? null : /^(#+) (.+)$/.exec(line)
    if (heading !== null) {
      headings.length = heading[1].length - 1
      headings.push(heading[2])
      outline.sections.push(headings.filter(Boolean).join(' / '))
    }
    if (isCode || !line.startsWith('|')) {
      table = undefined
    } else if (table === undefined) {
      table = { section: headings.filter(Boolean).join(' / '), line: index + 1, header: cellsOf(line), rows: [] }
      outline.tables.push(table)
    } else if (index !== table.line || !DELIMITER.test(line)) {
      table.rows.push(cellsOf(line))
    }
  }
  return outline
}

/** @param {string} line */
function cellsOf(line) {
  return line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim())
}
