// Several runs of the same measurements as one.

/**
 * The same structure with the median of each number. What is no number is that of the first run.
 *
 * @template T
 * @param {T[]} runs at least one; all of one structure
 * @returns {T}
 */
export function medianOf(runs) {
  const [first] = runs
  if (typeof first === 'number') {
    const inOrder = /** @type {number[]} */ (runs).toSorted((one, other) => one - other)
    return /** @type {T} */ (inOrder[inOrder.length >> 1])
  }
  if (typeof first !== 'object' || first === null) {
    return first
  }
  const medians = Object.entries(first).map(([name]) => [
    name,
    medianOf(runs.map((run) => run[/** @type {keyof T} */ (name)])),
  ])
  return /** @type {T} */ (Array.isArray(first) ? medians.map(([, value]) => value) : Object.fromEntries(medians))
}
