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
 * Watches code that is generated until the test is over.
 *
 * @param {import('node:test').TestContext} test
 * @param {{ forbidden?: boolean }} [how] whether each try fails
 * @returns {{ count: number, made: number, texts: string[] }} how often it was tried, how often it came to be, and the texts
 */
function watchGenerating(test, { forbidden = false } = {}) {
  const { Function: real } = globalThis
  /** @type {{ count: number, made: number, texts: string[] }} */
  const seen = { count: 0, made: 0, texts: [] }
  globalThis.Function = new Proxy(real, {
    construct(target, args) {
      seen.count += 1
      seen.texts.push(args[args.length - 1])
      if (forbidden) {
        throw new EvalError('Code generation from strings disallowed for this context')
      }
      const made = Reflect.construct(target, args)
      seen.made += 1
      return made
    },
  })
  test.after(() => Object.assign(globalThis, { Function: real }))
  return seen
}

module.exports = { isShaped, watchGenerating }
