// A reporter for `node --test` that writes one line of JSON for each test, for __test__/tools/matrix/main.mjs to read.
import path from 'node:path'

/**
 * @typedef {object} Result
 * @property {'passed' | 'failed' | 'skipped'} outcome
 * @property {string} name
 * @property {string} file relative to the working directory
 */

/**
 * @param {AsyncIterable<{ type: string, data: any }>} events
 * @returns {AsyncGenerator<string>}
 */
export default async function* report(events) {
  for await (const { type, data } of events) {
    if ((type === 'test:pass' || type === 'test:fail') && !isContainer(data)) {
      const failed = type === 'test:fail'
      const outcome = failed ? 'failed' : data.skip !== undefined || data.todo !== undefined ? 'skipped' : 'passed'
      const file = path.relative(process.cwd(), data.file ?? '')
      yield `${JSON.stringify({ outcome, name: data.name, file })}\n`
    }
  }
}

/**
 * A suite, or a test that failed because one inside it did.
 *
 * @param {any} data
 */
function isContainer({ details }) {
  return details?.type === 'suite' || details?.error?.failureType === 'subtestsFailed'
}
