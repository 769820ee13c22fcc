'use strict'

const { describeError } = require('./describe-error.js')
const { describe } = require('./exotic-value.js')
const { FlagRecord } = require('./flag-record.js')
const { payloadOf } = require('./payloads.js')
const { createTemplate } = require('./response-template.js')
const { prepareInput, readInputs } = require('./inputs.js')

/**
 * @typedef {import('./inputs.js').EvaluationContext} EvaluationContext
 * @typedef {import('./inputs.js').PreparedInput} PreparedInput
 * @typedef {'experience_continuity' | 'unsupported_definition' | 'unresolved_dependency' | 'missing_context'} UnresolvedReason
 */

/**
 * Where an evaluation reports to.
 *
 * @typedef {object} Reporter
 * @property {(error: Error) => void} error
 * @property {(message: string) => void} debug
 * @property {boolean} debugging
 */

// Result codes, as in src/outcome.rs.
const FIRST_OWN_VALUE = 2
const LAST_VALUE = 0xfff0
const ENDLESS = 0xfffa
const THROWN = 0xfffb
const UNRESOLVED = 0xffff
/** As many responses of different flags are remembered. */
const MAX_TEMPLATES = 64

/** @type {UnresolvedReason[]} */
const REASONS = ['experience_continuity', 'unsupported_definition', 'unresolved_dependency', 'missing_context']

/** @type {Record<UnresolvedReason, string>} */
const EXPLANATIONS = {
  experience_continuity: 'Flag has experience continuity enabled',
  unsupported_definition: 'Its definition uses something that local evaluation does not support',
  unresolved_dependency: 'A flag that it depends on cannot be evaluated locally',
  missing_context: 'The call lacks a property, a group or a device id that its definition needs',
}

/** @param {unknown} runtime */
function suitsServer(runtime) {
  return runtime !== 'client'
}

/** One loaded set of flag definitions, immutable: what evaluations read, and what the client reads of the flags. */
class Snapshot {
  /** @param {import('../binding.js').FlagDefinitions} definitions */
  constructor(definitions) {
    const description = definitions.describe()
    const overview = JSON.parse(description.overview)
    const { one, all } = definitions.evaluator()
    this._definitions = definitions
    this._one = one
    this._all = all
    /** @type {PreparedInput[]} */
    this._inputs = overview.inputs.map(prepareInput)
    this._hooks = createHooks()
    /** @type {Set<string>} keys of flags whose endless evaluation has been reported */
    this._reported = new Set()

    /** In stored order, those that evaluation contexts rule out left away. @type {FlagRecord[]} */
    this.featureFlags = createRecords(overview, description)
    /** The last definition of each key. @type {Record<string, FlagRecord>} */
    this.featureFlagsByKey = indexByKey(this.featureFlags, overview.falsy)
    /** The server's gate for minimal `$feature_flag_called` events. @type {boolean} */
    this.minimalFlagCalledEvents = overview.minimalFlagCalledEvents
    /** What is wrong with parts of the document that had to be left out. @type {string[]} */
    this.problems = overview.problems
    /** @type {{ key: string, reason?: UnresolvedReason, dates: string[], fingerprint: string }[]} */
    this._unresolvable = overview.unresolvable

    const { decidedBy } = overview
    this._codes = new Uint16Array(decidedBy ? Math.max(-1, ...new Set(decidedBy)) + 1 : this.featureFlags.length)
    this._isListedOnce = decidedBy === undefined
    /** By the flags that are absent. @type {Map<string, () => Record<string, string | boolean>>} */
    this._templates = new Map()
  }

  /**
   * The server-applicable flags that local evaluation can never resolve, in stored order.
   *
   * @returns {{ key: string, reason: UnresolvedReason, fingerprint: string }[]}
   */
  get unresolvable() {
    const isNoDate = (/** @type {string} */ text) => Number.isNaN(Date.parse(text))
    return this._unresolvable.flatMap(({ key, reason, dates, fingerprint }) => {
      const found = reason ?? (dates.some(isNoDate) ? 'unsupported_definition' : undefined)
      return found ? [{ key, reason: found, fingerprint }] : []
    })
  }

  /**
   * Evaluates one flag, or with a `matchValue` looks up that value's payload.
   *
   * @param {FlagRecord} record one of `featureFlagsByKey`: of a key that is defined twice, the last definition counts
   * @param {EvaluationContext} context
   * @param {string | boolean | undefined} matchValue
   * @param {Reporter} reporter
   * @returns {{ value: string | boolean, payload: any } | undefined} undefined if only the server can tell
   */
  evaluate(record, context, matchValue, reporter) {
    let value = matchValue
    if (value === undefined) {
      const code = this._evaluateOne(record, context)
      if (code > LAST_VALUE) {
        this._report(record, code, this._takeFailures(), reporter)
        return undefined
      }
      value = valueOf(record, code)
    }
    return { value, payload: payloadOf(record.payloads, value) }
  }

  /**
   * Evaluates all flags, or those with the given keys.
   *
   * @param {EvaluationContext} context
   * @param {string[] | undefined} flagKeys
   * @param {Reporter} reporter
   */
  evaluateAll(context, flagKeys, reporter) {
    if (flagKeys) {
      const records = flagKeys.map((key) => this.featureFlagsByKey[key]).filter(Boolean)
      const codes = Uint16Array.from(records, (record) => this._evaluateOne(record, context))
      return this._collect(records, codes, undefined, reporter)
    }
    const codes = this._codes
    try {
      const call = new Array(this._inputs.length + 2)
      call[0] = this._hooks
      call[1] = codes
      readInputs(this._inputs, context, call, 2)
      this._all.apply(undefined, call)
    } catch (error) {
      codes.fill(THROWN)
      this.featureFlags.forEach((record) => this._fail(record, error))
    }
    // One code for each flag that is listed, where a key is listed twice.
    const listed = this._isListedOnce ? codes : Uint16Array.from(this.featureFlags, (record) => codes[record.index])
    return this._collect(this.featureFlags, listed, this._templateFor(codes), reporter)
  }

  /**
   * Makes responses in which every flag that is resolved is off. To set keys that are there already is several times
   * cheaper than to add them, and the flags that are not resolved are mostly the same few from one call to the next.
   *
   * @param {Uint16Array} codes
   */
  _templateFor(codes) {
    let absent = ''
    for (let flag = 0; flag < codes.length; flag++) {
      if (codes[flag] > LAST_VALUE) {
        absent += `${flag},`
      }
    }
    let template = this._templates.get(absent)
    if (!template) {
      const resolved = this.featureFlags.filter((record) => codes[record.index] <= LAST_VALUE)
      template = createTemplate(resolved.map((record) => String(record.key)))
      if (this._templates.size === MAX_TEMPLATES) {
        this._templates.clear()
      }
      this._templates.set(absent, template)
    }
    return template
  }

  /**
   * @param {FlagRecord[]} records
   * @param {Uint16Array} codes by position in `records`
   * @param {(() => Record<string, string | boolean>) | undefined} template makes responses with every resolved flag off
   * @param {Reporter} reporter
   */
  _collect(records, codes, template, reporter) {
    /** @type {Record<string, string | boolean>} */
    const response = template ? template() : {}
    const offByDefault = template !== undefined
    /** @type {Record<string, any>} */
    const payloads = {}
    /** @type {Record<string, UnresolvedReason>} */
    const unresolved = {}
    let fallbackToFlags = this.featureFlags.length === 0
    /** @type {[FlagRecord, number][]} */
    const undecided = []
    for (let position = 0; position < records.length; position++) {
      const record = records[position]
      const code = codes[position]
      if (code > LAST_VALUE) {
        undecided.push([record, code])
        continue
      }
      const value = valueOf(record, code)
      if (value === false) {
        if (!offByDefault) {
          response[record.key] = false
        }
        continue
      }
      response[record.key] = value
      if (record.payloads) {
        const payload = payloadOf(record.payloads, value)
        if (payload) {
          payloads[record.key] = payload
        }
      }
    }
    if (undecided.length > 0) {
      const failures = this._takeFailures()
      for (const [record, code] of undecided) {
        const reason = reasonOf(code)
        if (reason) {
          unresolved[record.key] = reason
        }
        fallbackToFlags ||= suitsServer(record.evaluation_runtime)
        // Last: the listeners of an error may evaluate flags themselves.
        this._report(record, code, failures, reporter)
      }
    }
    return { response, payloads, unresolved, fallbackToFlags }
  }

  /**
   * @param {FlagRecord} record
   * @param {EvaluationContext} context
   * @returns {number} a result code
   */
  _evaluateOne(record, context) {
    try {
      const inputs = (record.inputs ??= this._inputsOf(record))
      if (inputs.length === 1) {
        // Every flag reads the distinct id; a plain rollout reads nothing else.
        return this._one(this._hooks, record.index, context.distinctId)
      }
      const call = new Array(inputs.length + 2)
      call[0] = this._hooks
      call[1] = record.index
      readInputs(inputs, context, call, 2)
      return this._one.apply(undefined, call)
    } catch (error) {
      return this._fail(record, error)
    }
  }

  /**
   * Nothing in an evaluation is known to throw; if something does all the same, it costs the caller this flag alone.
   *
   * @param {FlagRecord} record
   * @param {unknown} error
   */
  _fail(record, error) {
    this._hooks.failures.set(record.index, describeError(error))
    return THROWN
  }

  /** @param {FlagRecord} record */
  _inputsOf(record) {
    return this._definitions.inputsOf(record.index).map((slot) => this._inputs[slot])
  }

  _takeFailures() {
    const failures = this._hooks.failures
    this._hooks.failures = new Map()
    return failures
  }

  /**
   * @param {FlagRecord} record
   * @param {number} code
   * @param {Map<number, string>} failures
   * @param {Reporter} reporter
   */
  _report(record, code, failures, reporter) {
    if (code === THROWN || code === ENDLESS) {
      // An endless evaluation is the definition's fault alone, so it is told once.
      const message = failures.get(record.index)
      if (message && (code === THROWN || !this._reported.has(record.key))) {
        reporter.error(new Error(`Error computing flag locally: ${record.key}: ${message}`))
      }
      if (code === ENDLESS) {
        this._reported.add(record.key)
      }
    } else if (reporter.debugging) {
      const explanation = EXPLANATIONS[REASONS[UNRESOLVED - code]]
      reporter.debug(`InconclusiveMatchError when computing flag locally: ${record.key}: ${explanation}`)
    }
  }
}

/**
 * @param {{ keys: any[], keyless?: number[], decidedBy?: number[] }} overview
 * @param {import('../binding.js').FlagDefinitionsDescription} description
 */
function createRecords({ keys, keyless, decidedBy }, description) {
  const records = keys.map(
    (key, position) => new FlagRecord(key, decidedBy?.[position] ?? position, description, position)
  )
  for (const position of keyless ?? []) {
    records[position].key = undefined
  }
  return records
}

/**
 * @param {FlagRecord[]} records
 * @param {number[]} [falsy] positions of definitions like `0` or `''`, which hide an earlier one of their key and are not
 *   found themselves
 */
function indexByKey(records, falsy = []) {
  /** @type {Record<string, FlagRecord>} */
  const byKey = Object.create(null)
  records.forEach((record, position) => {
    if (falsy.includes(position)) {
      delete byKey[record.key]
    } else {
      byKey[record.key] = record
    }
  })
  return byKey
}

/** What the native evaluation may ask for; see src/binding/host.rs. */
function createHooks() {
  return {
    /** @type {Map<number, string>} */
    failures: new Map(),
    describe,
    // The clock that posthog-node reads, so that a fake one in a test moves it here too.
    now: () => new Date().getTime(),
    /** @param {string} text */
    parseDate: (text) => new Date(text).getTime(),
    /** @param {string} text */
    toLowerCase: (text) => text.toLowerCase(),
    /**
     * @param {number} flag
     * @param {string} message
     */
    failed(flag, message) {
      this.failures.set(flag, message)
    },
  }
}

/**
 * @param {number} code
 * @returns {UnresolvedReason | undefined}
 */
function reasonOf(code) {
  // What posthog-node throws on has no reason there either; what it never returns from is the definition's fault.
  if (code === THROWN) {
    return undefined
  }
  return code === ENDLESS ? 'unsupported_definition' : REASONS[UNRESOLVED - code]
}

/**
 * @param {FlagRecord} record
 * @param {number} code
 * @returns {string | boolean}
 */
function valueOf(record, code) {
  return code < FIRST_OWN_VALUE ? code === 1 : record.values[code - FIRST_OWN_VALUE]
}

module.exports = { Snapshot }
