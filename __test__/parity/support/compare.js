'use strict'

// Runs one case (a definitions document and some calls) through the oracle and a contender and names the first
// difference. A case is a spec, see spec.js:
//
//   { definitions, source, evaluationContexts, now, calls: [{ context, flagKeys, singles: [{ key, matchValue }] }] }

const oracle = require('./posthog-node.js')
const { build, toJson } = require('./spec.js')
const { buildContext } = require('./context.js')
const { isEqual, differingKeys } = require('./equal.js')
const { stopClockAt, restartClock } = require('./clock.js')

/**
 * An `error` event of an evaluation cut down to what both sides must share, the announcement with the flag's key.
 * The explanation after it is each side's own.
 */
function announcement(message, flags) {
  let longest = ''
  for (const flag of flags) {
    const prefix = `Error computing flag locally: ${flag.key}: `
    if (message.startsWith(prefix) && prefix.length > longest.length) {
      longest = prefix
    }
  }
  return longest || message
}

const announcements = (messages, flags) => messages.map((message) => announcement(message, flags)).sort()

async function settle(run) {
  try {
    return { answer: await run() }
  } catch (error) {
    return { rejected: error instanceof Error ? error.constructor.name : typeof error }
  }
}

function differenceInAll(expected, actual) {
  if ('rejected' in expected || 'rejected' in actual) {
    return 'rejected' in expected && 'rejected' in actual ? undefined : { part: 'rejection', expected, actual }
  }
  for (const part of ['response', 'payloads', 'unresolved']) {
    const left = expected.answer[part]
    const right = actual.answer[part]
    const [key] = differingKeys(left, right)
    if (key !== undefined) {
      return { part, key, expected: left[key], actual: right[key] }
    }
  }
  if (expected.answer.fallbackToFlags !== actual.answer.fallbackToFlags) {
    return {
      part: 'fallbackToFlags',
      expected: expected.answer.fallbackToFlags,
      actual: actual.answer.fallbackToFlags,
    }
  }
  return undefined
}

function differenceInErrors(expected, actual, flags) {
  const left = announcements(expected, flags)
  const right = announcements(actual, flags)
  return isEqual(left, right) ? undefined : { part: 'error events', expected, actual }
}

/** Compares one call on two opened documents, and hands on what posthog-node answered. Returns the first difference. */
async function compareCall(theirs, ours, call, addToTally) {
  const context = buildContext(call.context)
  const expected = await settle(() => theirs.evaluateAll(context, call.flagKeys))
  const actual = await settle(() => ours.evaluateAll(context, call.flagKeys))
  const errors = [theirs.takeErrors(), ours.takeErrors()]
  addToTally?.(expected, errors[0], call)
  const difference = differenceInAll(expected, actual) ?? differenceInErrors(...errors, theirs.flags)
  if (difference) {
    return { ...difference, method: 'getAllFlagsAndPayloads' }
  }

  for (const { key, matchValue } of call.singles) {
    if (!theirs.flagsByKey[key]) {
      continue
    }
    const single = await settle(() => theirs.evaluate(key, context, matchValue))
    const ourSingle = await settle(() => ours.evaluate(key, context, matchValue))
    const singleErrors = [theirs.takeErrors(), ours.takeErrors()]
    if (!isEqual(single, ourSingle)) {
      return { method: 'computeFlagAndPayloadLocally', part: 'answer', key, expected: single, actual: ourSingle }
    }
    const errorDifference = differenceInErrors(...singleErrors, theirs.flags)
    if (errorDifference) {
      return { ...errorDifference, method: 'computeFlagAndPayloadLocally', key }
    }
  }
  return undefined
}

/** What the client reads of each loaded flag besides its answers. */
function differenceInFlags(theirs, ours) {
  const records = (flags) => flags.map((flag) => String(flag.key))
  return isEqual(records(theirs.flags), records(ours.flags))
    ? undefined
    : {
        method: 'featureFlags',
        part: 'stored flags',
        expected: records(theirs.flags),
        actual: records(ours.flags),
      }
}

/**
 * posthog-node refuses a document as a whole where ours may leave out a flag. What is no document ours refuses too, and
 * whatever it keeps can be asked.
 */
async function differenceInRefusal(documentText, opened, calls) {
  if ('rejected' in opened || opened.answer.flags.length === 0) {
    return undefined
  }
  if (!holdsFlags(documentText)) {
    return { method: 'load', part: 'refusal', actual: opened.answer.flags.map(({ key }) => key) }
  }
  for (const { context, flagKeys } of calls) {
    const settled = await settle(() => opened.answer.evaluateAll(buildContext(context), flagKeys))
    if ('rejected' in settled) {
      return { method: 'getAllFlagsAndPayloads', part: 'rejection', actual: settled }
    }
  }
  return undefined
}

function holdsFlags(documentText) {
  try {
    return Array.isArray(JSON.parse(documentText)?.flags)
  } catch {
    return false
  }
}

/**
 * @param {import('./tally.js').Tally} [tally] counts the oracle's answers
 * @returns {Promise<{ evaluations: number, rejected: boolean, difference?: object }>} `rejected` when posthog-node
 *   refuses the document as a whole, where there is nothing to compare with
 */
async function compareCase(testCase, contender, tally) {
  const documentText = contender.documentText(toJson(testCase.definitions))
  const evaluationContexts = build(testCase.evaluationContexts)
  let evaluations = 0
  stopClockAt(testCase.now)
  let theirs
  let ours
  try {
    theirs = await oracle.open(documentText, evaluationContexts, testCase.source)
    const opened = await settle(() => contender.open(documentText, evaluationContexts, testCase.source))
    if (theirs.rejected) {
      ours = opened.answer
      return {
        evaluations,
        rejected: true,
        difference: await differenceInRefusal(documentText, opened, testCase.calls),
      }
    }
    if ('rejected' in opened) {
      return { evaluations, rejected: false, difference: { method: 'load', part: 'rejection', actual: opened } }
    }
    ours = opened.answer
    let difference = differenceInFlags(theirs, ours)
    const addToTally = tally && ((expected, errors, call) => tally.addAnswer(expected, errors, testCase, call))
    for (const call of testCase.calls) {
      if (difference) {
        break
      }
      difference = await compareCall(theirs, ours, call, addToTally)
      evaluations += (call.flagKeys ?? theirs.flags).length + call.singles.length
    }
    return { evaluations, rejected: false, difference }
  } finally {
    restartClock()
    await theirs?.close()
    await ours?.close()
  }
}

module.exports = { compareCase, announcement, announcements, settle }
