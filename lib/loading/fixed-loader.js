'use strict'

const binding = require('../addon/load-binding')
const { wholeOf } = require('../document/document-pieces')
const { OfflineLoader } = require('./offline-loader')

/**
 * In the place of the `DefinitionLoader` for definitions that are given: each load is over at once, there is no thread, no timer
 * and no request.
 */
class FixedLoader extends OfflineLoader {
  /**
   * @param {import('./fixed-definitions').FixedDefinitions} fixed
   * @param {readonly string[]} evaluationContexts
   * @param {Pick<import('./definition-loader').DefinitionListener, 'newDefinitions' | 'finished' | 'loaded'>} listener
   * @param {Partial<import('../evaluation/semantics').Semantics>} [semantics]
   */
  constructor(fixed, evaluationContexts, listener, semantics = {}) {
    super()
    this._fixed = fixed
    this._contexts = Array.from(evaluationContexts, String)
    this._listener = listener
    this._semantics = semantics
  }

  /** @override */
  begin() {
    this.load()
  }

  /**
   * @override
   * @returns {undefined} there is nothing to wait for
   */
  load() {
    const { FlagDefinitions } = binding
    const { semantics, timezone } = this._semantics
    const document = wholeOf(this._fixed.document, semantics === 'server')
    const definitions = FlagDefinitions.compile(document, 'cache', this._contexts, semantics, timezone)
    this._listener.newDefinitions(definitions, 'cache')
    this._listener.finished?.({ end: 'changed', bytes: Buffer.byteLength(document) })
    this._listener.loaded('')
  }
}

module.exports = { FixedLoader }
