'use strict'

const { duration, ratio } = require('../measures.js')
const { printable } = require('../printable.js')

const WIDTH = 880
const LEFT = 190
const RIGHT = 170
const ROW = 22
const HEAD = 34
const TOP = 58

/** @type {Record<string, string>} by contender */
const FILLS = { stock: '#d97706', client: '#2563eb', evaluator: '#059669' }

/**
 * The cases as bars to scale, each case by its slowest, as an SVG file that is readable on a light and on a dark page.
 *
 * @param {{ title: string, caption: string, cases: import('./measure.js').CaseResult[] }} picture
 * @returns {string}
 */
function drawBars({ title, caption, cases }) {
  /** @type {string[]} */
  const parts = []
  let y = TOP
  for (const { title: heading, contenders } of cases) {
    parts.push(text(16, y + 18, heading, 'font-weight="600"'))
    y += HEAD
    const slowest = Math.max(...contenders.map(({ medianNs }) => medianNs))
    for (const { id, name, medianNs, ratio: times } of contenders) {
      const width = Math.max(1, (medianNs / slowest) * (WIDTH - LEFT - RIGHT))
      const label = duration(medianNs) + (times ? `, ${ratio(times.median)} faster` : '')
      parts.push(
        text(LEFT - 10, y + 13, name, 'text-anchor="end"'),
        `<rect x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="${ROW - 5}" rx="2" fill="${FILLS[id]}"/>`,
        text(LEFT + width + 8, y + 13, label)
      )
      y += ROW
    }
    y += 8
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 8}" role="img" font-family="system-ui, sans-serif" font-size="12">`,
    `<title>${escape(title)}</title>`,
    // A page sets no colours inside an image, so it follows the reader's scheme itself, on a ground of its own.
    '<style>.ground{fill:#fff}text{fill:#374151}@media(prefers-color-scheme:dark){.ground{fill:#0d1117}text{fill:#d1d5db}}</style>',
    `<rect class="ground" width="${WIDTH}" height="${y + 8}" rx="6"/>`,
    text(16, 24, title, 'font-weight="600" font-size="15"'),
    text(16, 42, caption, 'font-size="11"'),
    ...parts,
    '</svg>',
    '',
  ].join('\n')
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} content
 * @param {string} [attributes]
 */
function text(x, y, content, attributes = '') {
  return `<text x="${x.toFixed(1)}" y="${y}" ${attributes}>${escape(content)}</text>`
}

/** @param {string} content */
function escape(content) {
  return printable(content).replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}

module.exports = { drawBars }
