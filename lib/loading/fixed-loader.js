'use strict'

const binding = require('../addon/load-binding')
const { wholeOf } = require('../document/document-pieces')

/**
 * In the place of the `DefinitionLoader` for definitions that are given: each load is over at once, there is no thread, no timer
 * and no request.
 */
class FixedLoader {
  /**
   * @param {import('./fixed-definitions').FixedDefinitions} fixed
   * @param {readonly string[]} evaluationContexts
   * @param {Pick<import('./definition-loader').DefinitionListener, 'newDefinitions' | 'finished' | 'loaded'>} listener
   */
  constructor(fixed, evaluationContexts, listener) {
    this._fixed = fixed
    this._contexts = Array.from(evaluationContexts, String)
    this._listener = listener
  }

  /** @returns {import('../addon/binding').FlagPollerBeginning} nothing */
  takeShared() {
    return {}
  }

  begin() {
    this.load()
  }

  /** @returns {undefined} there is nothing to wait for */
  load() {
    const { FlagDefinitions } = binding
    const document = wholeOf(this._fixed.document)
    const definitions = FlagDefinitions.compile(document, 'cache', this._contexts)
    this._listener.newDefinitions(definitions, 'cache')
    this._listener.finished?.({ end: 'changed', bytes: Buffer.byteLength(document) })
    this._listener.loaded('')
  }

  rest() {}

  wake() {}

  /** Nobody is asked for them. */
  get provider() {
    return undefined
  }

  /** It takes no time. */
  get isLoading() {
    return false
  }

  async stop() {}
}

module.exports = { FixedLoader }
