'use strict'

const fs = require('node:fs')
const { createRequire, isBuiltin } = require('node:module')
const path = require('node:path')
const vm = require('node:vm')

/** What jest's environment for Node lends its sandbox. */
const LENT = [
  'AbortController',
  'AbortSignal',
  'Buffer',
  'Headers',
  'Request',
  'Response',
  'TextDecoder',
  'TextEncoder',
  'URL',
  'URLSearchParams',
  'clearInterval',
  'clearTimeout',
  'console',
  'crypto',
  'fetch',
  'performance',
  'process',
  'queueMicrotask',
  'setImmediate',
  'setInterval',
  'setTimeout',
  'structuredClone',
]

/**
 * Another realm, in which modules are loaded as jest loads them: each is compiled in the realm, so that `Object` and
 * `TypeError` are its own, and only addons and Node's own modules are those of the process.
 *
 * @param {string[]} [lent] names of the process's globals that it has
 */
function createRealm(lent = LENT) {
  const globals = Object.fromEntries(lent.map((name) => [name, /** @type {any} */ (globalThis)[name]]))
  const context = vm.createContext(globals)
  /** @type {Map<string, { exports: any }>} */
  const modules = new Map()

  /** @param {string} file */
  const load = (file) => {
    const known = modules.get(file)
    if (known) {
      return known.exports
    }
    const module = { exports: /** @type {any} */ (vm.runInContext('({})', context)) }
    modules.set(file, module)
    const text = fs.readFileSync(file, 'utf8')
    if (file.endsWith('.json')) {
      module.exports = vm.runInContext(`(${text})`, context)
      return module.exports
    }
    const wrapper = vm.compileFunction(text, ['exports', 'require', 'module', '__filename', '__dirname'], {
      filename: file,
      parsingContext: context,
    })
    wrapper.call(module.exports, module.exports, requireFrom(file), module, file, path.dirname(file))
    return module.exports
  }

  /** @param {string} file */
  const requireFrom = (file) => {
    const outer = createRequire(file)
    return (/** @type {string} */ name) => {
      if (isBuiltin(name)) {
        return outer(name)
      }
      const resolved = outer.resolve(name)
      return resolved.endsWith('.node') ? outer(resolved) : load(resolved)
    }
  }

  return {
    /** Of this package, loaded in the realm. @type {any} */
    package: load(path.join(__dirname, '../../index.js')),
    load,
    /** @param {string} expression */
    run: (expression) => vm.runInContext(expression, context),
    globals: context,
  }
}

module.exports = { LENT, createRealm }
