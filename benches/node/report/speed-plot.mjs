// The plot that README.md shows: all flags, of people who differ, against how many there are.
import contenders from '../contenders.js'
import { drawPlot } from './plot.mjs'

/**
 * @param {import('./results.mjs').Results} results
 * @param {string} caption
 * @returns {string} an SVG document
 */
export function drawSpeed({ cases }, caption) {
  const measured = cases.filter(({ name }) => name.startsWith('people/all/'))
  if (measured.length < 2) {
    throw new Error('expected people/all, with several numbers of flags, to draw; measure it with --only people/all')
  }
  /** @type {(keyof import('../contenders.js').Contenders)[]} */
  const drawn = ['stock', 'sync', 'client', 'evaluator']
  const series = drawn.map((key) => ({
    name: contenders.NAMES[key],
    points: measured.map(({ size, timings }) => /** @type {[number, number]} */ ([size, timings[key]?.ns])),
  }))
  return drawPlot({ title: 'Time of getAllFlagsAndPayloads against the number of flags', caption, series })
}
