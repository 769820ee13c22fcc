'use strict'

const { messageOf } = require('../definitions/file.js')
const { summarize } = require('../definitions/summary.js')
const { ok, problem, warning } = require('./check.js')

/** Reasons in the words of a report. @type {Record<string, string>} */
const REASONS = {
  experience_continuity: 'experience continuity',
  unsupported_definition: 'not supported locally',
  unresolved_dependency: 'depends on a flag that is left to the server',
  missing_context: 'needs more than a call can pass',
}

/**
 * How the flags of a document are decided.
 *
 * @param {import('../definitions/file.js').Document} document
 * @param {string} source where it is from, in words
 * @returns {import('./check.js').Check}
 */
function checkDefinitions(document, source) {
  let summary
  try {
    summary = summarize(document)
  } catch (error) {
    return problem('definitions', `the definitions from ${source} cannot be read: ${messageOf(error)}`, {
      remedy: 'if the addon cannot be loaded, see above; otherwise compare the document with the answer of PostHog',
    })
  }
  const { flags, byDistinctId, byProperties, sometimes, never, properties, groups, undecided, problems } = summary
  const local = byDistinctId + byProperties
  const data = { source, ...summary }
  const message = [
    `${flags} flags from ${source}: ${local} are decided locally`,
    ...(byProperties > 0
      ? [
          `${byProperties} of them with properties that you must pass: ${some([...groups.map((name) => `those of the group ${name}`), ...properties])}`,
        ]
      : []),
    ...(sometimes > 0 ? [`${sometimes} for some people only`] : []),
    ...(never > 0 ? [`${never} are left to the server`] : []),
  ].join('; ')
  if (problems.length > 0) {
    return warning('definitions', `${message}. Left out: ${problems.join('; ')}`, { data })
  }
  if (undecided.length === 0) {
    return ok('definitions', message, { data })
  }
  return warning('definitions', message, {
    remedy:
      'change the flags below in PostHog, or use strictLocalEvaluation: true, so that they are undefined and do ' +
      'not ask the server at each evaluation',
    data,
  })
}

/**
 * A line for each flag that is left to the server, the reason first.
 *
 * @param {import('../definitions/summary.js').UndecidedFlag[]} undecided
 * @returns {string[]}
 */
function undecidedLines(undecided) {
  return undecided.map(({ key, locally, reason, because }) => {
    const why = because.length > 0 ? `: ${because.join('; ')}` : ''
    return `${key} (${locally === 'never' ? '' : 'for some people, '}${Object.hasOwn(REASONS, reason) ? REASONS[reason] : reason})${why}`
  })
}

/** @param {string[]} names */
function some(names) {
  const most = 12
  return names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${names.length - most} more`
}

module.exports = { checkDefinitions, undecidedLines }
