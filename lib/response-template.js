'use strict'

/**
 * Makes a function that makes objects with these keys, each `false`.
 *
 * @param {string[]} keys
 * @returns {() => Record<string, string | boolean>}
 */
function createTemplate(keys) {
  // Unlike an object whose keys are set one by one, one that JSON.parse makes has a shape that is quick to copy.
  const template = JSON.parse(`{${keys.map((key) => `${JSON.stringify(key)}:false`).join()}}`)
  return createCopier(template)
}

/**
 * V8 copies an object fast in a place in the code that has copied few shapes before. Code that is made anew is such a
 * place; where that is forbidden, a place that all templates share has to do.
 *
 * @param {Record<string, boolean>} template
 * @returns {() => Record<string, string | boolean>}
 */
function createCopier(template) {
  try {
    const copy = new Function('template', 'return { ...template }')
    return () => copy(template)
  } catch {
    return () => ({ ...template })
  }
}

module.exports = { createTemplate }
