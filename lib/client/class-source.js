'use strict'

/**
 * The text of a class and of those it extends; empty if one of them has none that can be read.
 *
 * @param {any} Class
 */
function sourceOf(Class) {
  let source = ''
  for (let one = Class; typeof one === 'function' && one !== Function.prototype; one = Object.getPrototypeOf(one)) {
    const text = Function.prototype.toString.call(one)
    if (!text.startsWith('class')) {
      return ''
    }
    source += text
  }
  return source
}

module.exports = { sourceOf }
