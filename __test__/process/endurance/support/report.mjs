// Says in tables what a process held over time.
import { QUANTITIES, secondHalf } from './slope.mjs'

/**
 * @param {object} run
 * @param {Record<string, number>[]} run.subject samples
 * @param {Record<string, number>[]} [run.control] samples
 * @param {import('./slope.mjs').Verdict[]} run.verdicts
 * @param {string[]} run.errors
 * @param {string[]} run.complaints
 * @param {number} run.minutesTaken
 */
export function report({ subject, control, verdicts, errors, complaints, minutesTaken }) {
  const last = subject.at(-1) ?? {}
  const amounts = [
    `${whole(last.calls)} calls, ${whole(last.flags)} flags evaluated`,
    `${whole(last.loads)} definitions loaded`,
    `${whole(last.workers)} worker threads`,
  ]
  console.log(`${minutesTaken.toFixed(1)} minutes: ${amounts.join('; ')}`)
  if (verdicts.length > 0) {
    const half = secondHalf(subject)
    const [from, to] = [half[0], half[half.length - 1]]
    const minutes = to.time - from.time
    console.log(
      `The second half: ${half.length} samples in ${minutes.toFixed(1)} minutes, ${whole(to.calls - from.calls)} calls, ` +
        `${whole(to.loads - from.loads)} loads, ${whole(to.workers - from.workers)} workers.`
    )
    console.table(Object.fromEntries(verdicts.map((verdict) => [QUANTITIES[verdict.key].name, row(verdict, minutes)])))
    if (control !== undefined) {
      console.log('"control" is what as many worker threads without a client add; it is taken off the slope.')
    }
  }
  if (errors.length > 0) console.log(`${errors.length} error events, such as: ${errors[0]}`)
  complaints.slice(0, 20).forEach((complaint) => console.log(complaint))
}

/**
 * @param {import('./slope.mjs').Verdict} verdict
 * @param {number} minutes
 */
function row({ key, level, growth, error, controlGrowth, flat }, minutes) {
  const { unit, most } = QUANTITIES[key]
  const show = unit === 'bytes' ? kibibytes : (/** @type {number} */ count) => count.toFixed(2)
  return {
    level: show(level),
    'slope per minute': `${show(growth / minutes)} ± ${show(error / minutes)}`,
    'control per minute': show(controlGrowth / minutes),
    growth: show(growth),
    'flat below': show(most),
    verdict: flat ? 'flat' : 'NOT FLAT',
  }
}

/** @param {number} bytes */
function kibibytes(bytes) {
  return `${(bytes / 1024).toFixed(1)} KiB`
}

/** @param {number} [count] */
function whole(count = 0) {
  return count.toLocaleString('en')
}
