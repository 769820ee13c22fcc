'use strict'

const { describeError } = require('../errors/describe-error')
const { createRedactor, credentialsOf, redactError } = require('../errors/redact')

/** A body larger than this is not quoted in an error. */
const MAX_QUOTED_BODY_BYTES = 1024 * 1024

/** The error that posthog-node raises when the server refuses the key. */
class ClientError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message)
    this.name = 'ClientError'
  }
}

/** What a client raises as `error` events or prints for `debug`, without keys in it. */
class ErrorReports {
  /**
   * @param {object} options
   * @param {string} options.host
   * @param {string} options.projectApiKey
   * @param {string} [options.personalApiKey]
   * @param {(error: Error) => void} options.onError may throw, as listeners of the user's may
   * @param {import('./diagnostics').Diagnostics} [options.diagnostics]
   */
  constructor({ host, projectApiKey, personalApiKey, onError, diagnostics }) {
    this._onError = onError
    this._diagnostics = diagnostics
    this._hasReportedPanic = false
    this._isMaking = false
    this.debugging = false
    this.redact = createRedactor([personalApiKey, projectApiKey, ...credentialsOf(host)])
  }

  /**
   * Raises an `error` event. What a listener of it throws is only traced.
   *
   * @param {Error} error
   */
  raise(error) {
    if (this._isMaking) {
      // Nobody can listen to a client that is being made.
      process.nextTick(() => this.raise(error))
      return
    }
    const redacted = redactError(error, this.redact)
    this._diagnostics?.error(redacted)
    try {
      this._onError(redacted)
    } catch (thrown) {
      this.trace(`A listener of the error event failed: ${describeError(thrown)}`)
    }
  }

  /**
   * What is found out by the constructor of a client is raised once the program has had time to listen.
   *
   * @param {() => void} make
   */
  whileMaking(make) {
    this._isMaking = true
    try {
      make()
    } finally {
      this._isMaking = false
    }
  }

  /** @param {string} message */
  error(message) {
    this.raise(new Error(message))
  }

  /** @param {string} message */
  clientError(message) {
    this.raise(new ClientError(message))
  }

  /**
   * Says once in the life of a client that flags of a call are left to the server because the native code has panicked.
   *
   * @param {Error} panic
   */
  panic(panic) {
    if (!this._hasReportedPanic) {
      this._hasReportedPanic = true
      this.error(`${panic.message}. The flags of that call are left to the server.`)
    }
  }

  /**
   * As posthog-node, raises an error that quotes a JSON object which is no definitions document.
   *
   * @param {Uint8Array} body
   * @param {string} reason
   * @param {string} [report] what to raise about any other body
   */
  invalidBody(body, reason, report) {
    this.trace(`Failed to load feature flags: ${reason}`)
    const response = parseJson(body) ?? {}
    if (typeof response === 'object' && !('flags' in response)) {
      this.error(`Invalid response when getting feature flags: ${JSON.stringify(response)}`)
    } else if (report !== undefined) {
      this.error(report)
    }
  }

  /** @param {string} line */
  trace(line) {
    if (this.debugging) {
      console.debug(`[FEATURE FLAGS] ${this.redact(line)}`)
    }
  }

  /**
   * What an evaluation reports to.
   *
   * @param {(message: string) => void} debug
   * @returns {import('../evaluation/flag-reports').Reporter}
   */
  createReporter(debug) {
    return { error: (error) => this.raise(error), debug, debugging: this.debugging }
  }
}

/**
 * A body as JSON. One that is not JSON, or too long to quote, is a number here, which no check takes for an object.
 *
 * @param {Uint8Array} body
 * @returns {any}
 */
function parseJson(body) {
  if (body.length > MAX_QUOTED_BODY_BYTES) {
    return body.length
  }
  try {
    return JSON.parse(new TextDecoder().decode(body))
  } catch {
    return body.length
  }
}

module.exports = { ErrorReports }
