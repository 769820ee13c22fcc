'use strict'

const { defineProperty } = require('../evaluation/define-property')
const { isOptionsObject } = require('./options')

/**
 * What posthog-node is told, so that it makes no poller. Should it make one all the same, it must not call the provider.
 *
 * @param {any} options
 */
function withoutLocalEvaluation(options) {
  // Without options there is no poller either way; of anything else posthog-node complains itself.
  return isOptionsObject(options)
    ? withOptions(options, { enableLocalEvaluation: false, flagDefinitionCacheProvider: undefined })
    : options
}

/**
 * What posthog-node is told when its own poller is to call a provider that returns text.
 *
 * @param {any} options
 */
function withTextProvider(options) {
  const provider = hasOption(options, 'flagDefinitionCacheProvider') ? options.flagDefinitionCacheProvider : undefined
  if (!provider) {
    return options
  }
  const { TextProvider } = require('./text-provider')
  return withOptions(options, { flagDefinitionCacheProvider: new TextProvider(provider) })
}

/**
 * The same options but for some, for posthog-node's constructor, which also reads those that are inherited or not enumerable.
 *
 * @param {any} options
 * @param {Record<string, unknown>} changes
 */
function withOptions(options, changes) {
  const copy = Object.setPrototypeOf({ ...options, ...changes }, Object.getPrototypeOf(options))
  // The client reads an option whether it is enumerable or not.
  for (const name of Object.getOwnPropertyNames(options)) {
    if (!Object.hasOwn(copy, name)) {
      defineProperty(copy, name, options[name])
    }
  }
  return copy
}

/**
 * Undoes {@link withOptions} in what the client keeps.
 *
 * @param {any} kept
 * @param {any} options
 * @param {string} name
 */
function restore(kept, options, name) {
  if (!isOptionsObject(kept)) {
    // A mock of posthog-node, in somebody's tests.
    return
  }
  if (hasOption(options, name)) {
    kept[name] = options[name]
  } else if (isOptionsObject(options)) {
    delete kept[name]
  }
}

/**
 * Whether posthog-node would keep this option.
 *
 * @param {any} options
 * @param {string} name
 */
function hasOption(options, name) {
  return isOptionsObject(options) && Object.prototype.propertyIsEnumerable.call(options, name)
}

module.exports = { restore, withTextProvider, withoutLocalEvaluation }
