'use strict'

const { isAnyArrayBuffer, isUint8Array } = require('node:util').types

const { defineProperty } = require('./evaluation/define-property.js')
const { lookAtContext } = require('./evaluation/evaluation-context.js')
const { wrongArgument } = require('./errors/mismatch.js')
const { readSemantics } = require('./evaluation/semantics.js')
const { SILENT } = require('./evaluation/silent.js')

/**
 * @typedef {import('./evaluation/snapshot.js').Snapshot} Snapshot
 * @typedef {{ groups?: Record<string, string>, personProperties?: Record<string, any>,
 *   groupProperties?: Record<string, Record<string, any>>, flagKeys?: string[],
 *   propertiesAreComplete?: boolean }} LocalEvaluationOptions
 */

/** Evaluates flags of a definitions document, synchronously, with no network and no client. */
class LocalEvaluator {
  /**
   * @param {unknown} definitions an object, JSON text or UTF-8 bytes
   * @param {{ evaluationContexts?: readonly string[] } & Partial<import('./evaluation/semantics.js').Semantics>} [options]
   * @throws {TypeError} if they are no flag definitions, or an option is of the wrong kind
   */
  constructor(definitions, options = {}) {
    const { evaluationContexts = [] } = options
    if (!Array.isArray(evaluationContexts)) {
      throw wrongArgument('evaluationContexts to be an array of strings', kindOf(evaluationContexts))
    }
    const semantics = readSemantics(options)
    const document = toDocument(definitions, semantics.semantics === 'server')
    const snapshot = compile(document, Array.from(evaluationContexts, String), semantics)
    /** What is freed by `dispose`; a client's own snapshots are not. @type {Snapshot | undefined} */
    this._own = snapshot
    /** @type {() => Snapshot | undefined} */
    this._snapshot = () => snapshot
  }

  /** Frees the definitions at once, rather than when this is collected. A client's evaluator goes on, as the client does. */
  dispose() {
    const own = this._own
    if (own !== undefined) {
      this._own = undefined
      this._snapshot = refuse
      own.dispose()
    }
  }

  /**
   * @param {string} key
   * @param {string} distinctId
   * @param {LocalEvaluationOptions} [options]
   * @returns {string | boolean | undefined} undefined if the flag is unknown or cannot be evaluated locally
   */
  getFeatureFlag(key, distinctId, options) {
    const snapshot = this._snapshot()
    const record = snapshot?.featureFlagsByKey[key]
    if (!snapshot || !record) {
      return undefined
    }
    return snapshot.valueOf(record, lookAtContext(snapshot.readsOfOne(record), distinctId, options), SILENT)
  }

  /**
   * @param {string} key
   * @param {string} distinctId
   * @param {LocalEvaluationOptions} [options]
   */
  getFeatureFlagResult(key, distinctId, options) {
    const snapshot = this._snapshot()
    const record = snapshot?.featureFlagsByKey[key]
    if (!snapshot || !record) {
      return undefined
    }
    const context = lookAtContext(snapshot.readsOfOne(record), distinctId, options)
    const result = snapshot.evaluate(record, context, undefined, SILENT)
    if (!result) {
      return undefined
    }
    const { value, payload, reasonCode } = /** @type {typeof result & { reasonCode?: string }} */ (result)
    return {
      key,
      enabled: value !== false,
      variant: typeof value === 'string' ? value : undefined,
      payload: payload ?? undefined,
      reason: 'Evaluated locally',
      reasonCode: reasonCode ?? (record.active === false ? 'flag_disabled' : undefined),
    }
  }

  /**
   * @param {string} distinctId
   * @param {LocalEvaluationOptions} [options]
   * @returns {Record<string, string | boolean>}
   */
  getAllFlags(distinctId, options) {
    const snapshot = this._snapshot()
    const { flagKeys } = options || {}
    if (!snapshot || flagKeys) {
      return this.getAllFlagsAndPayloads(distinctId, options).featureFlags
    }
    return snapshot.valuesOfAll(lookAtContext(snapshot.reads, distinctId, options), SILENT)
  }

  /**
   * @param {string} distinctId
   * @param {LocalEvaluationOptions} [options]
   */
  getAllFlagsAndPayloads(distinctId, options) {
    const snapshot = this._snapshot()
    if (!snapshot) {
      return { featureFlags: {}, featureFlagPayloads: {} }
    }
    const { flagKeys } = options || {}
    const context = lookAtContext(snapshot.reads, distinctId, options)
    const { response, payloads } = snapshot.evaluateAll(context, flagKeys, SILENT)
    return { featureFlags: response, featureFlagPayloads: payloads }
  }

  /**
   * @param {string} key
   * @param {string} distinctId
   * @param {LocalEvaluationOptions} [options]
   */
  explain(key, distinctId, options) {
    const snapshot = this._snapshot()
    const record = snapshot?.featureFlagsByKey[key]
    if (!snapshot || !record) {
      return undefined
    }
    const context = lookAtContext(snapshot.reads, distinctId, options)
    const { value, payload, unresolvedReason, isWhole, flag } = snapshot.examine(record, context)
    const inputs = snapshot.inputsOf(record)
    return {
      key,
      value,
      payload,
      unresolvedReason,
      reasonCode: flag.reasonCode,
      conditionIndex: flag.conditionIndex,
      holdout: flag.holdout,
      conditions: flag.conditions,
      isWhole,
      reads: partsOf(inputs),
      missing: partsOf(inputs.filter((input) => !isGiven(input, context))),
    }
  }
}

// A realm may not have the symbol, as that of jest before Node 24; nobody there can write `using` then.
if (typeof Symbol.dispose === 'symbol') {
  Object.defineProperty(LocalEvaluator.prototype, Symbol.dispose, {
    value: LocalEvaluator.prototype.dispose,
    configurable: true,
    writable: true,
  })
}

/**
 * @returns {never}
 * @throws {Error}
 */
function refuse() {
  throw Object.assign(
    new Error(
      'Expected a LocalEvaluator that is in use but this one was disposed; ' +
        'evaluate flags before dispose(), or make another evaluator'
    ),
    { code: 'ERR_POSTHOG_NATIVE_DISPOSED' }
  )
}

/**
 * What a flag reads of a call, all of it or what the call did not bring.
 *
 * @typedef {{ personProperties: string[], groups: Record<string, string[]> }} CallParts
 */

/**
 * @param {import('./evaluation/inputs.js').PreparedInput[]} inputs
 * @returns {CallParts}
 */
function partsOf(inputs) {
  /** @type {CallParts} */
  const parts = { personProperties: [], groups: {} }
  for (const { kind, group, key } of inputs) {
    if (kind === 'person') {
      parts.personProperties.push(key)
    } else if (kind !== 'distinctId' && kind !== 'complete') {
      const properties = Object.hasOwn(parts.groups, group) ? parts.groups[group] : []
      defineProperty(parts.groups, group, kind === 'group' ? [...properties, key] : properties)
    }
  }
  return parts
}

/**
 * @param {import('./evaluation/inputs.js').PreparedInput} input
 * @param {import('./evaluation/inputs.js').EvaluationContext} context
 */
function isGiven({ kind, group, key }, { personProperties, groups, groupProperties }) {
  switch (kind) {
    case 'distinctId':
    case 'complete':
      return true
    case 'person':
      return Object.prototype.propertyIsEnumerable.call(personProperties, key)
    case 'group':
      return Object.hasOwn(groupProperties, group) && Object.hasOwn(groupProperties[group], key)
    default:
      return Object.hasOwn(groups, group)
  }
}

/**
 * @param {unknown} definitions
 * @param {boolean} isWhole whether an object is taken with all its fields
 * @returns {string | Uint8Array}
 */
function toDocument(definitions, isWhole) {
  const isObject = typeof definitions === 'object' && definitions !== null
  const isOtherBytes = isAnyArrayBuffer(definitions) || (ArrayBuffer.isView(definitions) && !isUint8Array(definitions))
  if ((typeof definitions !== 'string' && !isObject) || isOtherBytes) {
    throw wrongArgument(
      'flag definitions as an object, JSON text or a Uint8Array',
      kindOf(definitions),
      "pass the document that PostHog's flag definitions endpoint returns"
    )
  }
  // Loaded when there is something to evaluate, so that a program starts sooner.
  return require('./document/document-pieces.js').wholeOf(definitions, isWhole)
}

/**
 * @param {string | Uint8Array} document
 * @param {string[]} evaluationContexts
 * @param {import('./evaluation/semantics.js').Semantics} semantics
 */
function compile(document, evaluationContexts, semantics) {
  const { Snapshot } = require('./evaluation/snapshot.js')
  try {
    return Snapshot.compile(document, evaluationContexts, semantics)
  } catch (/** @type {any} */ error) {
    // The addon's errors are those of the process; a sandbox, such as that of a test runner, has a TypeError of its own.
    throw error?.name === 'TypeError' ? new TypeError(error.message) : error
  }
}

/** @param {unknown} value */
function kindOf(value) {
  if (isAnyArrayBuffer(value) || ArrayBuffer.isView(value)) {
    return `${Object.prototype.toString.call(value).slice('[object '.length, -1)}, whose bytes a Uint8Array can be made of`
  }
  return value === null ? 'null' : typeof value
}

module.exports = { LocalEvaluator }
