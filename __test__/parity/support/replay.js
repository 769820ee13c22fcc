'use strict'

const { rawJson } = require('./spec.js')
const { compareCase } = require('./compare.js')
const { contenders } = require('./native.js')
const { show } = require('./report.js')

/** Runs one printed case against every contender and prints both answers where they differ. */
async function replay({ definitions, source, evaluationContexts, now, context, flagKeys, singles = [] }) {
  const testCase = {
    definitions: rawJson(definitions),
    source,
    evaluationContexts,
    now,
    calls: [{ context, flagKeys, singles }],
  }
  for (const contender of contenders) {
    const { difference, rejected } = await compareCase(testCase, contender)
    if (rejected) {
      console.log('posthog-node rejects this document as a whole')
    } else {
      console.log(`${contender.name}: ${difference ? show(difference) : 'no difference'}`)
    }
  }
}

module.exports = { replay }
