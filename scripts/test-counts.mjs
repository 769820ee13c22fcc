/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 */

/** What cargo's and Node's test runners say they ran, added up. */
export class TestCounts {
  /** @type {Counts} */
  total = { passed: 0, failed: 0, skipped: 0 }

  /**
   * @param {string} output of a test runner
   * @returns {Counts} what it ran
   */
  add(output) {
    const counts = readCounts(output)
    this.total.passed += counts.passed
    this.total.failed += counts.failed
    this.total.skipped += counts.skipped
    return counts
  }

  /** On a line of its own, in a form that tools read. */
  toString() {
    const { passed, failed, skipped } = this.total
    return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
  }
}

/**
 * @param {string} output
 * @returns {Counts}
 */
function readCounts(output) {
  const sum = (/** @type {RegExp} */ pattern) =>
    [...output.matchAll(pattern)].reduce((total, [, count]) => total + Number(count), 0)
  return {
    passed: sum(/^test result: .*?(\d+) passed/gm) + sum(/^ℹ pass (\d+)$/gm),
    failed: sum(/^test result: .*?(\d+) failed/gm) + sum(/^ℹ (?:fail|cancelled) (\d+)$/gm),
    skipped: sum(/^test result: .*?(\d+) ignored/gm) + sum(/^ℹ (?:skipped|todo) (\d+)$/gm),
  }
}
