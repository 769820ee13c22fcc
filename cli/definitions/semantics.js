'use strict'

const { completed, copyContext } = require('../../lib/evaluation/evaluation-context.js')
const { SILENT } = require('../../lib/evaluation/silent.js')
const { Snapshot } = require('../../lib/evaluation/snapshot.js')

/**
 * @typedef {import('./file.js').Document} Document
 * @typedef {import('./people.js').Person} Person
 * @typedef {string | boolean | undefined} Value nothing is what is left to the network
 *
 * @typedef {object} Difference
 * @property {string} key of the flag
 * @property {Value} posthogNode what it is by posthog-node's semantics
 * @property {Value} server and by those of PostHog's server
 */

/** Definitions by the semantics of posthog-node and by those of PostHog's server, side by side. */
class TwoSemantics {
  /**
   * @param {Document} document
   * @param {{ timezone?: string, contexts?: string[] }} [options]
   * @throws {Error} if the addon cannot be loaded
   * @throws {TypeError} if the document cannot be compiled, or there is no such time zone
   */
  constructor(document, { timezone, contexts = [] } = {}) {
    const text = JSON.stringify(document)
    this._posthogNode = Snapshot.compile(text, contexts)
    this._server = Snapshot.compile(text, contexts, { semantics: 'server', timezone })
    this._keys = this._server.keys
  }

  /**
   * The flags that come out differently for somebody, those that only one of both leaves to the network among them.
   *
   * @param {Person} person
   * @param {boolean} [propertiesAreComplete] whether what the person does not have is not there
   * @returns {Difference[]} in stored order
   */
  differences(person, propertiesAreComplete = false) {
    const posthogNode = valuesOf(this._posthogNode, person, propertiesAreComplete)
    const server = valuesOf(this._server, person, propertiesAreComplete)
    return this._keys
      .map((key) => ({ key, posthogNode: posthogNode(key), server: server(key) }))
      .filter((flag) => flag.posthogNode !== flag.server)
  }

  /**
   * The flags that the server's semantics leave to the network for at least one of these people.
   *
   * @param {Person[]} people whose properties are complete
   * @returns {Set<string>}
   */
  openAsServer(people) {
    const open = new Set()
    for (const person of people) {
      const valueOf = valuesOf(this._server, person, true)
      this._keys.filter((key) => valueOf(key) === undefined).forEach((key) => open.add(key))
    }
    return open
  }
}

/**
 * @param {Snapshot} snapshot
 * @param {Person} person
 * @param {boolean} propertiesAreComplete
 * @returns {(key: string) => Value}
 */
function valuesOf(snapshot, person, propertiesAreComplete) {
  const call = { ...person, propertiesAreComplete }
  const context = completed(snapshot.reads, copyContext(person.distinctId, call), call)
  const { response } = snapshot.evaluateAll(context, undefined, SILENT)
  return (key) => {
    if (key === '__proto__') {
      // No object has a property of this name by assignment.
      return snapshot.valueOf(snapshot.featureFlagsByKey[key], context, SILENT)
    }
    return Object.hasOwn(response, key) ? response[key] : undefined
  }
}

module.exports = { TwoSemantics }
