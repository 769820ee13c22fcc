'use strict'

const { DefinitionLoader } = require('../loading/definition-loader')
const { FixedDefinitions } = require('../loading/fixed-definitions')

/**
 * @typedef {import('../loading/definition-loader').DefinitionLoaderOptions} DefinitionLoaderOptions
 * @typedef {import('../loading/definition-loader').DefinitionListener} DefinitionListener
 */

/**
 * What brings definitions to a client.
 *
 * @param {DefinitionLoaderOptions} options
 * @param {DefinitionListener} listener
 */
function createLoader(options, listener) {
  const { cacheProvider, evaluationContexts, native } = options
  if (wantsDefinitionLoader(options)) {
    return new DefinitionLoader(options, listener)
  }
  if (cacheProvider instanceof FixedDefinitions) {
    const { FixedLoader } = require('../loading/fixed-loader')
    return new FixedLoader(cacheProvider, evaluationContexts ?? [], listener, native)
  }
  const { OfflineLoader } = require('../loading/offline-loader')
  return new OfflineLoader()
}

/** Whether there is something to load, again and again. @param {DefinitionLoaderOptions} options */
function wantsDefinitionLoader({ cacheProvider, personalApiKey, native }) {
  const mayLoad = personalApiKey || cacheProvider || native.file !== undefined
  return Boolean(mayLoad) && !(cacheProvider instanceof FixedDefinitions)
}

module.exports = { createLoader, wantsDefinitionLoader }
