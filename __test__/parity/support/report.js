'use strict'

const { toSource, toJson } = require('./spec.js')
const util = require('node:util')

const show = (value) => util.inspect(value, { depth: 6, breakLength: 100 })

/** What differs, in one line. */
function headlineOf({ method, part, key }, contender) {
  const where = key === undefined ? '' : ` of ${JSON.stringify(key)}`
  return `posthog-node and ${contender} differ in ${method}, ${part}${where}`
}

/** A failure as text: what differs, and a program that shows it. */
function reportOf({ testCase, difference, contender, found, timeZone }) {
  const [call] = testCase.calls
  return `
${headlineOf(difference, contender)}:
  posthog-node: ${show(difference.expected)}
  ours:         ${show(difference.actual)}
${found}, time zone ${timeZone}; shrunk to a program to run in __test__/parity:

  // TZ=${timeZone} node this-file.js
  require('./support/replay.js').replay({
    definitions: ${JSON.stringify(toJson(testCase.definitions))},
    evaluationContexts: ${toSource(testCase.evaluationContexts)},
    source: ${JSON.stringify(testCase.source ?? 'cache')},
    now: ${testCase.now},
    context: ${toSource(call.context)},
    flagKeys: ${toSource(call.flagKeys)},
    singles: ${toSource(call.singles)},
  })
`
}

module.exports = { headlineOf, reportOf, show }
