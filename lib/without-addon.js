'use strict'

const { TextProvider } = require('./text-provider')

/**
 * Stands in for the package where its addon cannot be loaded.
 *
 * @param {unknown} error what loading it threw
 */
function withoutAddon(error) {
  const reason = `posthog-node-native cannot load its addon for ${process.platform}-${process.arch}: ${explain(error)}`
  let warned = false

  const warnOnce = () => {
    if (!warned) {
      warned = true
      console.warn(
        `[PostHog] ${reason}. Flags are evaluated by posthog-node itself: the same answers, slower. To get the addon, ` +
          'install the package on the kind of machine it runs on, or build it there from source with a stable Rust ' +
          '(npm run build); if Node was started with --no-addons, start it without'
      )
    }
  }

  return {
    /** @param {any} Base posthog-node's `PostHog` */
    definePostHog: (Base) =>
      class PostHog extends Base {
        /**
         * @param {string} apiKey
         * @param {any} [options]
         */
        constructor(apiKey, options) {
          super(apiKey, withTextProvider(options))
          if (options?.flagDefinitionCacheProvider) {
            this.options.flagDefinitionCacheProvider = options.flagDefinitionCacheProvider
          }
          if (this.featureFlagsPoller !== undefined) {
            warnOnce()
          }
        }

        get localEvaluator() {
          return undefined
        }
      },

    LocalEvaluator: class LocalEvaluator {
      constructor() {
        throw new Error(reason, { cause: error })
      }
    },
  }
}

/**
 * The same options with a provider that never returns text; posthog-node reads some of them from the prototype chain too.
 *
 * @param {any} options
 */
function withTextProvider(options) {
  const provider = options?.flagDefinitionCacheProvider
  if (!provider) {
    return options
  }
  const copy = { ...options, flagDefinitionCacheProvider: new TextProvider(provider) }
  return Object.setPrototypeOf(copy, Object.getPrototypeOf(options))
}

/**
 * What was tried and failed, each in one line. The generated loader's own error blames npm whatever the cause, so it
 * counts only if nothing caused it.
 *
 * @param {any} error
 * @returns {string}
 */
function explain(error) {
  const causes = []
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    causes.push(cause.message.trim().split('\n')[0].replace(/\.$/, ''))
  }
  return (causes.length > 1 ? causes.slice(1) : causes).join('; ') || String(error)
}

module.exports = { withoutAddon }
