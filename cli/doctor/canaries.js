'use strict'

const { isDeepStrictEqual } = require('node:util')

const { requirePosthogNode } = require('../../lib/original.js')
const { quietly } = require('../quiet.js')
const recorded = require('../canaries/answers.json')
const { askCanaries } = require('../canaries/ask.js')
const { canaryPeople } = require('../canaries/definitions.js')
const { messageOf } = require('../definitions/file.js')
const { ok, problem } = require('./check.js')

/**
 * @typedef {import('./check.js').Check} Check
 * @typedef {import('../canaries/ask.js').Answer} Answer
 *
 * @typedef {object} Difference the first answer that is not the same
 * @property {string} flag
 * @property {string} distinctId
 * @property {Answer} recorded
 * @property {Answer} stock
 * @property {Answer} native
 */

/**
 * Whether the installed posthog-node and Rust answer some 200 evaluations as was recorded: a posthog-node may keep the
 * classes that this package joins, and decide otherwise.
 *
 * @returns {Promise<Check>}
 */
async function checkCanaries() {
  const { PostHog } = requirePosthogNode()
  const version = new PostHog('phc_doctor').getLibraryVersion()
  let answers
  try {
    answers = await quietly(async () => ({
      stock: await askCanaries(PostHog),
      native: await askCanaries(require('../../index.js').PostHog, { native: { engine: 'native' } }),
    }))
  } catch (error) {
    return problem('canaries', `the recorded evaluations cannot be repeated: ${messageOf(error)}`, {
      remedy: 'report this with the output of doctor --json',
      data: { version },
    })
  }
  const { stock, native } = answers.value
  const difference = firstDifference(stock, native)
  const asked = Object.values(recorded.answers).flat().length
  if (difference === undefined) {
    const message = `${asked} recorded evaluations: posthog-node ${version} and Rust answer as recorded`
    return ok('canaries', message, { data: { version, asked, recordedWith: recorded['posthog-node'] } })
  }
  const { flag, distinctId } = difference
  const data = { version, asked, recordedWith: recorded['posthog-node'], difference }
  const where = `the flag '${flag}' for ${distinctId}`
  const [expected, theirs, ours] = [difference.recorded, difference.stock, difference.native].map(worded)
  if (!isDeepStrictEqual(difference.native, difference.recorded)) {
    return problem('canaries', `Rust answers ${ours} to ${where}, but the recorded answer is ${expected}`, {
      remedy: 'install the package again; if that does not help, report it, and set POSTHOG_NATIVE_ENGINE=javascript',
      data,
    })
  }
  return problem('canaries', `posthog-node ${version} answers ${theirs} to ${where}, but Rust answers ${ours}`, {
    remedy:
      `install a newer posthog-node-native, or posthog-node ${recorded['posthog-node']}; until then ` +
      "POSTHOG_NATIVE_ENGINE=javascript gives posthog-node's answers",
    data,
  })
}

/**
 * @param {Record<string, Answer[]>} stock
 * @param {Record<string, Answer[]>} native
 * @returns {Difference | undefined}
 */
function firstDifference(stock, native) {
  const people = canaryPeople()
  for (const [flag, answers] of Object.entries(/** @type {Record<string, any[]>} */ (recorded.answers))) {
    for (const [at, answer] of answers.entries()) {
      const [theirs, ours] = [stock[flag]?.[at] ?? null, native[flag]?.[at] ?? null]
      if (!isDeepStrictEqual(theirs, answer) || !isDeepStrictEqual(ours, answer)) {
        return { flag, distinctId: people[at].distinctId, recorded: answer, stock: theirs, native: ours }
      }
    }
  }
  return undefined
}

/** @param {Answer} answer */
function worded(answer) {
  return answer === null ? 'nothing (left to the server)' : JSON.stringify(answer)
}

module.exports = { checkCanaries }
