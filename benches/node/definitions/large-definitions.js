'use strict'

const mixed = require('./mixed-definitions.js')

/** Documents of a given size, which differ in the value of one flag so that a reload can be seen to have happened. */

/** A flag that everyone has; its variant tells the documents apart. */
const MARKER = 'flag-marker'

/**
 * @param {number} megabytes the size of the document's text in millions of bytes, or a little more
 * @returns {[string, string]} two documents whose marker is `a` and `b`
 */
function largeDefinitions(megabytes) {
  const sample = 1000
  const bytesPerFlag = JSON.stringify(mixed.mixedDefinitions(sample)).length / sample
  const definitions = mixed.mixedDefinitions(Math.ceil((megabytes * 1e6) / bytesPerFlag))
  const text = (/** @type {string} */ variant) =>
    JSON.stringify({ ...definitions, flags: [...definitions.flags, marker(variant)] })
  return [text('a'), text('b')]
}

/** @param {string} key */
function marker(key) {
  const variants = [{ key, rollout_percentage: 100 }]
  const filters = { groups: [{ properties: [], rollout_percentage: 100 }], multivariate: { variants } }
  return { id: 0, key: MARKER, name: '', active: true, deleted: false, ensure_experience_continuity: false, filters }
}

module.exports = { MARKER, largeDefinitions }
