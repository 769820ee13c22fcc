'use strict'

/**
 * As much source text of one kind is kept. What V8 makes of a text takes about six times as much memory, and of the keys of
 * flags that come and go only those of late are of use. The definitions of a thousand flags need a quarter of it.
 */
const MAX_LENGTH = 256 * 1024

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
    /** @type {Map<string, Function>} the one that was asked for last comes last */
    this._functions = new Map()
    this._length = 0
  }

  /**
   * @param {string} body
   * @returns {any} the function; undefined where code generation is forbidden, as by a policy of the embedder
   */
  get(body) {
    const known = this._functions.get(body)
    if (known !== undefined) {
      this._functions.delete(body)
      this._functions.set(body, known)
      return known
    }
    try {
      const made = new Function(...this._parameters, body)
      if (body.length <= MAX_LENGTH) {
        this._functions.set(body, made)
        this._length += body.length
        this._forgetOldest()
      }
      return made
    } catch {
      return undefined
    }
  }

  /** Whoever uses a function that is forgotten goes on using it. */
  _forgetOldest() {
    for (const body of this._functions.keys()) {
      if (this._length <= MAX_LENGTH) {
        return
      }
      this._functions.delete(body)
      this._length -= body.length
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
