'use strict'

const { toSource, toJson } = require('./spec.js')
const util = require('node:util')

const show = (value) => util.inspect(value, { depth: 6, breakLength: 100 })

/** A failure as text: what differs, and a program that shows it. */
function reportOf({ testCase, difference, contender, seed, index, timeZone }) {
  const [call] = testCase.calls
  return `
posthog-node and ${contender} differ in ${difference.method}, ${difference.part}${
    difference.key === undefined ? '' : ` of ${JSON.stringify(difference.key)}`
  }:
  posthog-node: ${show(difference.expected)}
  ours:         ${show(difference.actual)}
seed ${seed}, case ${index}, time zone ${timeZone}; shrunk to a program to run in __test__/parity:

  // TZ=${timeZone} node this-file.js
  require('./support/replay.js').replay({
    definitions: ${JSON.stringify(toJson(testCase.definitions))},
    evaluationContexts: ${toSource(testCase.evaluationContexts)},
    now: ${testCase.now},
    context: ${toSource(call.context)},
    flagKeys: ${toSource(call.flagKeys)},
    singles: ${toSource(call.singles)},
  })
`
}

module.exports = { reportOf, show }
