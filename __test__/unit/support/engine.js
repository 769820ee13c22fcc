'use strict'

const { setFlagsFromString } = require('node:v8')

setFlagsFromString('--allow-natives-syntax')

/**
 * Whether V8 knows a shape of the object, rather than to hold it as a hash table.
 *
 * @type {(object: object) => boolean}
 */
const isShaped = /** @type {any} */ (new Function('object', 'return %HasFastProperties(object)'))

/**
 * Whether code of a text counts as generated from here on, and how much of it was.
 *
 * @param {import('node:test').TestContext} test
 * @param {{ forbidden?: boolean }} [how]
 * @returns {{ count: number, texts: string[] }}
 */
function watchGenerating(test, { forbidden = false } = {}) {
  const { Function: real } = globalThis
  /** @type {{ count: number, texts: string[] }} */
  const seen = { count: 0, texts: [] }
  globalThis.Function = new Proxy(real, {
    construct(target, args) {
      seen.count += 1
      seen.texts.push(args[args.length - 1])
      if (forbidden) {
        throw new EvalError('Code generation from strings disallowed for this context')
      }
      return Reflect.construct(target, args)
    },
  })
  test.after(() => Object.assign(globalThis, { Function: real }))
  return seen
}

module.exports = { isShaped, watchGenerating }
