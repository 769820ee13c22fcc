'use strict'

const { TwoSemantics } = require('../definitions/semantics.js')

/**
 * What a flag is by both semantics, where it is not the same.
 *
 * @typedef {Pick<import('../definitions/semantics.js').Difference, 'posthogNode' | 'server'>} Values
 */

/**
 * @param {import('../definitions/file.js').Document} document
 * @param {string} key of the flag
 * @param {import('../definitions/people.js').Person} person
 * @param {{ timezone?: string, contexts: string[], propertiesAreComplete: boolean }} options
 * @returns {Values | undefined} nothing if both semantics agree
 */
function differenceOf(document, key, person, { propertiesAreComplete, ...options }) {
  const differences = new TwoSemantics(document, options).differences(person, propertiesAreComplete)
  return differences.find((flag) => flag.key === key)
}

/** The same as JSON has it. @param {Values | undefined} difference */
function jsonOf(difference) {
  const { posthogNode = null, server = null } = difference ?? {}
  return difference && { posthogNode, server }
}

/**
 * @param {import('../terminal.js').Terminal} terminal
 * @param {Values | undefined} difference
 */
function printDifference(terminal, difference) {
  if (difference !== undefined) {
    const { server } = difference
    const value = server === undefined ? 'left to the network' : JSON.stringify(server)
    terminal.line()
    terminal.line(`by the semantics of PostHog's server (semantics: 'server'): ${value}`)
  }
}

module.exports = { differenceOf, jsonOf, printDifference }
