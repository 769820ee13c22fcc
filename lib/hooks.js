'use strict'

const { questions } = require('./exotic-value.js')

/** What the native evaluation may ask for, on rare paths alone; see src/binding/host.rs. */
const HOOKS = {
  ...questions,
  // The clock that posthog-node reads, so that a fake one in a test moves it here too.
  now: () => new Date().getTime(),
  /** @param {string} text */
  parseDate: (text) => new Date(text).getTime(),
  /** @param {string} text */
  toLowerCase: (text) => text.toLowerCase(),
}

module.exports = { HOOKS }
