'use strict'

const { ENDLESS } = require('../../lib/evaluation/result-codes.js')
const { Snapshot } = require('../../lib/evaluation/snapshot.js')

/**
 * The flags that posthog-node never returns from, which would end the comparison: those that depend on each other in a
 * circle.
 *
 * @param {import('../definitions/file.js').Document} document
 * @param {import('../definitions/people.js').Person[]} people
 * @returns {Set<string>}
 */
function findEndless(document, people) {
  const snapshot = Snapshot.compile(JSON.stringify(document))
  /** @type {Set<string>} */
  const keys = new Set()
  for (const person of people) {
    const { codes } = snapshot.evaluateCodes(person)
    for (const { key, index } of snapshot.featureFlags) {
      if (codes[index] === ENDLESS) {
        keys.add(String(key))
      }
    }
  }
  return keys
}

module.exports = { findEndless }
