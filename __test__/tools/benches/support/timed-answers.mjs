import assert from 'node:assert/strict'
import caseList from '../../../../benches/node/cases.js'
import contenders from '../../../../benches/node/contenders.js'

/**
 * What a benchmark times has posthog-node's answers.
 *
 * @param {string} name of the benchmark
 */
export async function assertTimedAnswers(name) {
  const timed = caseList.cases.find((each) => each.name === name)
  const document = timed.document()
  const subjects = await contenders.createContenders(document)
  try {
    await timed.prepare?.(subjects, document)
    assert.ok((await caseList.assertAgreement(timed, timed.calls(subjects))) > 0)
  } finally {
    await contenders.shutDown(subjects)
  }
}
