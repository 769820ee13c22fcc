'use strict'

const path = require('node:path')
const { pathToFileURL } = require('node:url')

const { mismatch } = require('../../lib/errors/mismatch.js')

/** A provider has these; only the first is asked for without `--provider-write`. */
const METHODS = ['getFlagDefinitions', 'shouldFetchFlagDefinitions', 'onFlagDefinitionsReceived', 'shutdown']

/**
 * The provider that a module exports: by default, or else the one export that is a provider, a class of it or a function
 * that makes it.
 *
 * @param {string} file
 * @param {string} cwd
 * @returns {Promise<any>}
 */
async function loadProvider(file, cwd) {
  const module = await import(pathToFileURL(path.resolve(cwd, file)).href)
  const exported = exportOf(module)
  const provider = await instantiate(exported)
  if (typeof provider?.getFlagDefinitions !== 'function') {
    const what = provider === null ? 'null' : typeof provider
    throw new TypeError(
      mismatch(
        `${file} to export a provider by default: an object with ${METHODS.join(', ')}, a class of it that needs no ` +
          'arguments, or a function that returns it,',
        `${what} without getFlagDefinitions`
      )
    )
  }
  return provider
}

/** @param {any} module */
function exportOf(module) {
  // A CommonJS module that sets `exports.default` has it below its own default.
  const exported = module.default?.__esModule ? module.default.default : module.default
  if (exported !== undefined && !(isPlain(exported) && typeof exported.getFlagDefinitions !== 'function')) {
    return exported
  }
  const names = Object.keys(exported ?? module).filter((name) => name !== 'default' && name !== 'module.exports')
  return names.length === 1 ? (exported ?? module)[names[0]] : exported
}

/** @param {any} exported */
async function instantiate(exported) {
  if (typeof exported !== 'function') {
    return exported
  }
  const isClass = /^class\b/.test(Function.prototype.toString.call(exported))
  return isClass || typeof exported.prototype?.getFlagDefinitions === 'function' ? new exported() : exported()
}

/** @param {any} value */
function isPlain(value) {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

module.exports = { METHODS, loadProvider }
