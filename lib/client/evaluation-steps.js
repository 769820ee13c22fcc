'use strict'

/**
 * The methods that posthog-node's `evaluateFlags` consists of, whose work is done here in another way. Somebody may put others
 * in their place, such as a class that extends the client, an instrumentation or a test. Then these have to run.
 */
class EvaluationSteps {
  /**
   * @param {any} own the prototype of the class of this package
   * @param {any} base that of posthog-node's, two of whose methods are overridden
   */
  constructor(own, base) {
    this._base = base
    this._evaluate = base.evaluateFlags
    this._addDistinctId = base.personPropertiesForLocalEvaluation
    this._passProperties = own.personPropertiesForLocalEvaluation
    this._resolve = own._resolveDistinctId
    this._addProperties = own.addLocalPersonAndGroupProperties
    this._createContext = own.createFeatureFlagEvaluationContext
  }

  /** What posthog-node does to the properties of a person is to add the distinct id, and nothing else. */
  get addsDistinctId() {
    return this._base.personPropertiesForLocalEvaluation === this._addDistinctId
  }

  /** @param {any} client */
  areThoseOf(client) {
    return (
      this._base.evaluateFlags === this._evaluate &&
      this.addsDistinctId &&
      client.personPropertiesForLocalEvaluation === this._passProperties &&
      client._resolveDistinctId === this._resolve &&
      client.addLocalPersonAndGroupProperties === this._addProperties &&
      client.createFeatureFlagEvaluationContext === this._createContext
    )
  }
}

module.exports = { EvaluationSteps }
