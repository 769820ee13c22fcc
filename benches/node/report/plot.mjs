// Draws the time of a call against the number of flags as an SVG file: both axes logarithmic, readable on a light and on a
// dark page.

/**
 * @typedef {object} Series
 * @property {string} name
 * @property {[number, number][]} points flags and nanoseconds
 */

const WIDTH = 880
const HEIGHT = 440
const LEFT = 74
const RIGHT = 316
const TOP = 46
const BOTTOM = 48
/** By series; told apart by shape as well, for those who do not see the colours. */
const COLOURS = ['#6b7280', '#d97706', '#2563eb', '#059669', '#a855f7']
const MARKS = ['circle', 'square', 'diamond', 'triangle', 'circle']
/** The least distance between two names at the ends of lines. */
const NAME_HEIGHT = 17

/**
 * @param {{ title: string, caption: string, series: Series[] }} plot
 * @returns {string} the SVG document
 */
export function drawPlot({ title, caption, series }) {
  const points = series.flatMap((each) => each.points)
  const x = logScale(
    points.map(([flags]) => flags),
    LEFT,
    WIDTH - RIGHT
  )
  const y = logScale(
    points.map(([, ns]) => ns),
    HEIGHT - BOTTOM,
    TOP
  )
  const parts = [
    ...y.decades.map((ns) => gridLine(LEFT, y.at(ns), WIDTH - RIGHT, y.at(ns), duration(ns), 'end')),
    ...x.decades.map((flags) => gridLine(x.at(flags), TOP, x.at(flags), HEIGHT - BOTTOM, count(flags), 'middle')),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, 'flags', { anchor: 'middle' }),
    text(LEFT, 20, title, { weight: 600, size: 15 }),
    text(LEFT, 36, caption, { size: 11 }),
    ...series.flatMap((each, index) => drawSeries(each, index, x.at, y.at)),
    ...drawNames(series, x.at, y.at),
  ]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" font-family="system-ui, sans-serif">`,
    `<title>${escape(title)}</title>`,
    // A page sets no colours inside an image, so it follows the reader's scheme itself, on a ground of its own.
    '<style>.ground{fill:#fff}.text{fill:#374151}.grid{stroke:#e5e7eb}@media(prefers-color-scheme:dark){.ground{fill:#0d1117}.text{fill:#d1d5db}.grid{stroke:#30363d}}</style>',
    `<rect class="ground" width="${WIDTH}" height="${HEIGHT}" rx="6"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n')
}

/**
 * @param {number[]} values
 * @param {number} from
 * @param {number} to
 */
function logScale(values, from, to) {
  const low = Math.floor(Math.log10(Math.min(...values)))
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))))
  const decades = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index))
  const at = (/** @type {number} */ value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from)
  return { decades, at }
}

/**
 * @param {Series} series
 * @param {number} index
 * @param {(flags: number) => number} x
 * @param {(ns: number) => number} y
 */
function drawSeries({ points }, index, x, y) {
  const colour = COLOURS[index % COLOURS.length]
  const path = points.map(([flags, ns]) => `${x(flags).toFixed(1)},${y(ns).toFixed(1)}`).join(' ')
  return [
    `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2.5" stroke-linejoin="round"/>`,
    ...points.map(([flags, ns]) => mark(MARKS[index % MARKS.length], x(flags), y(ns), colour)),
  ]
}

/**
 * The names of the lines at their right ends, moved apart where lines end close together.
 *
 * @param {Series[]} series
 * @param {(flags: number) => number} x
 * @param {(ns: number) => number} y
 */
function drawNames(series, x, y) {
  const ends = series
    .map(({ name, points }, index) => ({ name, index, last: points[points.length - 1] }))
    .sort((a, b) => y(a.last[1]) - y(b.last[1]))
  let below = -Infinity
  return ends.map(({ name, index, last }) => {
    below = Math.max(y(last[1]) + 4, below + NAME_HEIGHT)
    return `<text x="${x(last[0]) + 12}" y="${below.toFixed(1)}" font-size="12" font-weight="600" fill="${COLOURS[index % COLOURS.length]}">${escape(name)}</text>`
  })
}

/**
 * @param {string} shape
 * @param {number} x
 * @param {number} y
 * @param {string} colour
 */
function mark(shape, x, y, colour) {
  const at = (/** @type {number[][]} */ corners) =>
    `<polygon points="${corners.map(([dx, dy]) => `${(x + dx).toFixed(1)},${(y + dy).toFixed(1)}`).join(' ')}" fill="${colour}"/>`
  switch (shape) {
    case 'square':
      return at([
        [-4, -4],
        [4, -4],
        [4, 4],
        [-4, 4],
      ])
    case 'diamond':
      return at([
        [0, -5.5],
        [5.5, 0],
        [0, 5.5],
        [-5.5, 0],
      ])
    case 'triangle':
      return at([
        [0, -5.5],
        [5, 4],
        [-5, 4],
      ])
    default:
      return `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="4.2" fill="${colour}"/>`
  }
}

/**
 * @param {number} x1
 * @param {number} y1
 * @param {number} x2
 * @param {number} y2
 * @param {string} label
 * @param {'end' | 'middle'} anchor
 */
function gridLine(x1, y1, x2, y2, label, anchor) {
  const line = `<line class="grid" x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}"/>`
  const [x, y] = anchor === 'end' ? [x1 - 8, y1 + 4] : [x2, y2 + 18]
  return line + text(x, y, label, { anchor })
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} content
 * @param {{ anchor?: string, weight?: number, size?: number }} [style]
 */
function text(x, y, content, { anchor = 'start', weight = 400, size = 12 } = {}) {
  return `<text class="text" x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" font-size="${size}" font-weight="${weight}">${escape(content)}</text>`
}

/** @param {string} content */
function escape(content) {
  return content.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** @param {number} flags */
function count(flags) {
  return flags.toLocaleString('en')
}

/** @param {number} ns a power of ten */
function duration(ns) {
  const [unit, size] = /** @type {[string, number][]} */ ([
    ['s', 1e9],
    ['ms', 1e6],
    ['µs', 1e3],
  ]).find(([, least]) => ns >= least) ?? ['ns', 1]
  return `${ns / size} ${unit}`
}
