// Tables and bars for a terminal of 100 columns; colour only where it can be seen.
const useColour = Boolean(process.stdout.isTTY) && !process.env.NO_COLOR

function colour(code: number): (text: string) => string {
  return (text) => (useColour ? `\u001b[${code}m${text}\u001b[0m` : text)
}

export const bold = colour(1)
export const dim = colour(2)
export const red = colour(31)
export const green = colour(32)
export const yellow = colour(33)
export const cyan = colour(36)

/** A column of a table. */
export interface Column<Row> {
  title: string
  width: number
  text(row: Row): string
  paint?(text: string, row: Row): string
}

/** Writes a heading with a blank line above it. */
export function heading(text: string): void {
  console.log(`\n${bold(text)}`)
}

/** Writes a table with one line per row; longer texts are cut to their column. */
export function table<Row>(columns: Column<Row>[], rows: Row[]): void {
  console.log(
    dim(
      columns
        .map(({ title, width }) => fit(title, width))
        .join(' ')
        .trimEnd()
    )
  )
  for (const row of rows) {
    const cells = columns.map(({ text, width, paint }) => {
      const cell = fit(text(row), width)
      return paint ? paint(cell, row) : cell
    })
    console.log(cells.join(' ').trimEnd())
  }
}

/** Pads or cuts to `width` characters. */
export function fit(text: string, width: number): string {
  const characters = [...text]
  return characters.length > width ? `${characters.slice(0, width - 1).join('')}…` : text.padEnd(width)
}
