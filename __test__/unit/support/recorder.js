'use strict'

/** Makes functions that answer as they are told, and notes each call of them as its name and its arguments. */
function makeRecorder() {
  /** @type {any[][]} */
  const calls = []
  const record =
    (/** @type {string} */ name, /** @type {any} */ answer) =>
    (/** @type {any[]} */ ...args) => {
      calls.push([name, ...args])
      return answer
    }
  return { calls, record }
}

module.exports = { makeRecorder }
