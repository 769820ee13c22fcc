'use strict'

/** As many generated functions of one kind are kept; the definitions of one project need a few. */
const MAX_FUNCTIONS = 512

/**
 * Functions that are generated from source text, for code that is fast only if it names the properties it touches. The
 * same text makes the same function, also after definitions were reloaded.
 *
 * The text never holds anything of a definitions document but in string literals, see {@link literal}.
 */
class CodeCache {
  /** @param {string[]} parameters of every function of this kind */
  constructor(...parameters) {
    this._parameters = parameters
    /** @type {Map<string, Function>} */
    this._functions = new Map()
  }

  /**
   * @param {string} body
   * @returns {any} the function; undefined where code generation is forbidden, as by a policy of the embedder
   */
  get(body) {
    const known = this._functions.get(body)
    if (known !== undefined) {
      return known
    }
    try {
      const made = new Function(...this._parameters, body)
      if (this._functions.size === MAX_FUNCTIONS) {
        this._functions.clear()
      }
      this._functions.set(body, made)
      return made
    } catch {
      return undefined
    }
  }
}

/**
 * A string literal of this text, whatever is in it: JSON is a subset of JavaScript's expressions.
 *
 * @param {string} text
 */
function literal(text) {
  return JSON.stringify(text)
}

module.exports = { CodeCache, literal }
