// What came of everything, as a table for people, with the output of what failed.

/**
 * @param {import('./rows.mjs').Row[]} rows
 * @param {import('./test-manager.mjs').Column[]} columns
 * @returns {{ text: string, failures: number }}
 */
export function formatTable(rows, columns) {
  /** @type {string[]} */
  const notes = []
  /** @type {Map<string, string[]>} by output, for an installation that failed fails every row */
  const failures = new Map()
  const marks = rows.map((row, index) =>
    columns.map(({ manager, cells }) => {
      const cell = cells[index]
      if ('obstacle' in cell) {
        if (!notes.includes(cell.obstacle)) {
          notes.push(cell.obstacle)
        }
        return `not available (${notes.indexOf(cell.obstacle) + 1})`
      }
      if ('failure' in cell) {
        const places = failures.get(cell.failure) ?? []
        failures.set(cell.failure, [...places, `${manager.name}: ${row.what}, ${row.module}`])
        return '✗'
      }
      return '✓'
    })
  )
  const lines = [
    ['', 'modules', ...columns.map(({ manager }) => manager.name)],
    ...rows.map((row, index) => [row.what, row.module, ...marks[index]]),
  ]
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)))
  const table = lines.map((line) =>
    line
      .map((text, column) => text.padEnd(widths[column] + 2))
      .join('')
      .trimEnd()
  )
  const legend = notes.map((note, index) => `(${index + 1}) ${note}`)
  const outputs = [...failures].map(([output, places]) => `✗ ${places.join('; ')}\n${output.trimEnd()}`)
  return { text: [...table, '', ...legend, ...outputs].join('\n').trimEnd(), failures: failures.size }
}
