'use strict'

const { questions } = require('./exotic-value.js')

/** A letter that posthog-node folds. */
const CAPITAL = /[A-Z]/

/** What the native evaluation may ask for, on rare paths alone; see src/binding/hooks.rs. */
const HOOKS = {
  ...questions,
  // The clock that posthog-node reads, so that a fake one in a test moves it here too.
  now: () => new Date().getTime(),
  /** @param {string} text */
  parseDate: (text) => new Date(text).getTime(),
  /**
   * Of a long text, which it would take longer to bring across. Capital letters are folded on the other side.
   *
   * @param {string} text
   * @param {string} needle
   */
  includes: (text, needle) => (CAPITAL.test(text) ? undefined : text.includes(needle)),
  /**
   * @param {string} text
   * @param {string} needle
   */
  endsWith: (text, needle) => (CAPITAL.test(text.slice(-needle.length)) ? undefined : text.endsWith(needle)),
  /** @param {string} text */
  toLowerCase: (text) => text.toLowerCase(),
}

module.exports = { HOOKS }
