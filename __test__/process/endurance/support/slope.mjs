// Whether a quantity that is sampled over time grows.

/**
 * The straight line through samples that has the least squared error.
 *
 * @param {{ x: number, y: number }[]} points at least three, of different `x`
 * @returns {{ slope: number, error: number }} the slope in units of y by units of x, and its standard error
 */
export function slopeOf(points) {
  const count = points.length
  const mean = (/** @type {'x' | 'y'} */ axis) => points.reduce((sum, point) => sum + point[axis], 0) / count
  const [x, y] = [mean('x'), mean('y')]
  const spread = points.reduce((sum, point) => sum + (point.x - x) ** 2, 0)
  const slope = points.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0) / spread
  const left = points.reduce((sum, point) => sum + (point.y - y - slope * (point.x - x)) ** 2, 0)
  return { slope, error: Math.sqrt(left / (count - 2) / spread) }
}

/**
 * What is measured, and how much of it may be added over the second half of a run, by its line, for it to count as flat.
 *
 * Bytes are measured after garbage collections; what moves them then is when the collector and the C library hand memory
 * back. Things that are counted must not grow by one.
 *
 * @type {Record<string, { name: string, unit: 'bytes' | 'count', most: number }>}
 */
export const QUANTITIES = {
  rss: { name: 'resident set', unit: 'bytes', most: 4 * 2 ** 20 },
  heapUsed: { name: 'V8 heap in use', unit: 'bytes', most: 2 ** 18 },
  external: { name: 'external to V8', unit: 'bytes', most: 2 ** 18 },
  allocated: { name: 'C heap in use', unit: 'bytes', most: 2 ** 18 },
  handles: { name: 'active handles', unit: 'count', most: 1 },
  fds: { name: 'open file descriptors', unit: 'count', most: 1 },
  threads: { name: 'threads', unit: 'count', most: 1 },
}

/**
 * @typedef {object} Verdict about one quantity
 * @property {string} key
 * @property {number} level in the middle of the second half
 * @property {number} growth over the second half by the line through its samples, without what the control run adds
 * @property {number} error of that
 * @property {number} controlGrowth over as many workers of the control run
 * @property {boolean} flat
 */

/**
 * Judges the second half of a run. What worker threads leave behind of themselves, without a client in them, is measured
 * by a control run and is no growth of ours.
 *
 * @param {Record<string, number>[]} samples with a `time` each
 * @param {Record<string, number>[]} [control] samples of the control run
 * @returns {Verdict[]}
 */
export function judge(samples, control) {
  const half = secondHalf(samples)
  const [first, last] = [half[0], half[half.length - 1]]
  const duration = last.time - first.time
  const workers = last.workers - first.workers
  return Object.entries(QUANTITIES).map(([key, { most }]) => {
    const own = slopeOf(half.map((sample) => ({ x: sample.time, y: sample[key] })))
    const perWorker =
      control === undefined
        ? { slope: 0, error: 0 }
        : slopeOf(secondHalf(control).map((sample) => ({ x: sample.workers, y: sample[key] })))
    // A control run that shrinks is no reason to ask more.
    const controlGrowth = Math.max(0, perWorker.slope * workers)
    const growth = own.slope * duration - controlGrowth
    const level = half[Math.floor(half.length / 2)][key]
    const error = Math.hypot(own.error * duration, perWorker.error * workers)
    return { key, level, growth, error, controlGrowth, flat: growth < most }
  })
}

/**
 * @template T
 * @param {T[]} samples
 */
export function secondHalf(samples) {
  return samples.slice(Math.floor(samples.length / 2))
}
