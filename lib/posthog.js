'use strict'

const { defineProperty } = require('./evaluation/define-property')
const { EngineChoice } = require('./client/engine-choice')
const { EvaluationSteps } = require('./client/evaluation-steps')
const { withCompleteness } = require('./evaluation/completeness')
const { areTimersFake } = require('./client/fake-timers')
const { isNativePoller, loadEvaluations } = require('./client/native-parts')
const { restore, withTextProvider, withoutLocalEvaluation } = require('./client/option-copies')
const { isOptionsObject, namesWithoutEffect, readNativeOptions, wantsPoller } = require('./client/options')
const { wrongArgument } = require('./errors/mismatch')
// Loaded before somebody may put fake timers in place of Node's.
require('./loading/timers')

/** What is said in debug mode of a client that was made in a test with fake timers. */
const FAKE_TIMERS =
  'Timers are fake, so posthog-node itself polls and evaluates flags, and the test controls its clock. To use Rust, set ' +
  "native: { engine: 'native' }"

/**
 * What is said in debug mode of a client whose flags posthog-node evaluates.
 *
 * @param {import('./client/options').NativeSettings} settings
 * @returns {string | undefined} nothing if there is nothing to say that was not said in a warning
 */
function noteOf(settings) {
  if (settings.engine !== 'javascript') {
    return areTimersFake() ? FAKE_TIMERS : undefined
  }
  const names = namesWithoutEffect(settings)
  return names.length === 0
    ? undefined
    : `posthog-node itself evaluates flags, as native.engine or POSTHOG_NATIVE_ENGINE says; without effect: ${names.join(', ')}`
}

/**
 * The `PostHog` class of this package on top of posthog-node's.
 *
 * posthog-node's poller starts fetching in the client's constructor, so it must never be made. The client is told that
 * local evaluation is off, and given a poller of ours where its own would be. Where that cannot be done, posthog-node goes
 * on as it is: nobody's program may stop working because it asked for speed.
 *
 * @param {any} Base posthog-node's `PostHog`, from the module system in use: `instanceof` must hold for both.
 * @param {any} FeatureFlagEvaluations the same module's
 * @returns {any}
 */
function definePostHog(Base, FeatureFlagEvaluations) {
  const choice = new EngineChoice(Base, FeatureFlagEvaluations)
  class PostHog extends Base {
    /**
     * @param {string} apiKey
     * @param {any} [options]
     */
    constructor(apiKey, options) {
      const settings = readNativeOptions(
        isOptionsObject(options) && Object.hasOwn(options, 'native') ? options.native : undefined
      )
      const isNative = choice.isNative(settings.engine, options)
      refuseTwoCaches(settings, options)
      super(apiKey, isNative ? withoutLocalEvaluation(options) : withTextProvider(options))
      defineProperty(this, '_nativeSettings', settings, false)
      const events = settings.engine === 'javascript' ? undefined : choice.quickEvents
      events?.holdPromises(this)
      defineProperty(this, '_quickEvents', events, false)
      if (!isNative) {
        restore(this.options, options, 'flagDefinitionCacheProvider')
        if (this.featureFlagsPoller !== undefined) {
          const { Diagnostics } = require('./client/diagnostics')
          const { observe } = require('./client/javascript-status')
          observe(this.featureFlagsPoller, new Diagnostics(this))
        }
        if (settings.semantics === 'server' && wantsPoller(this)) {
          choice.warnOfSemantics(settings.engine)
        }
        if (wantsPoller(this)) {
          if (settings.engine !== 'javascript') {
            choice.warn(settings)
          }
          defineProperty(this, '_engineNote', noteOf(settings), false)
        }
        return
      }
      if (!choice.accepts(this)) {
        abandon(this, Base)
        return Reflect.construct(PostHog, [apiKey, options], new.target)
      }
      restore(this.options, options, 'enableLocalEvaluation')
      restore(this.options, options, 'flagDefinitionCacheProvider')
      if (wantsPoller(this)) {
        this.featureFlagsPoller = require('./client/create-poller').createPoller(this, settings)
        if (settings.semantics === 'server') {
          require('./client/call-options').takeCompleteness(this)
        }
        if (settings.reasons) {
          require('./client/reasons').tellReasons(this)
        }
      }
    }

    /**
     * As posthog-node's own, which is left to do whatever is not wholly local.
     *
     * @param {any} [distinctIdOrOptions]
     * @param {any} [options]
     */
    async evaluateFlags(distinctIdOrOptions, options) {
      const poller = this.featureFlagsPoller
      const evaluations =
        isNativePoller(poller) && typeof distinctIdOrOptions === 'string' && steps.areThoseOf(this)
          ? loadEvaluations().evaluateLocally(this, FeatureFlagEvaluations, poller, distinctIdOrOptions, options)
          : undefined
      if (evaluations !== undefined || !hasOwnOptions(this)) {
        return evaluations ?? super.evaluateFlags(distinctIdOrOptions, options)
      }
      const [first, second] = [distinctIdOrOptions, options].map((each) => withCompleteness(each, this))
      return super.evaluateFlags(first, second)
    }

    /**
     * What posthog-node's client has its poller evaluate for. It adds the distinct id to a copy; ours finds it where it is,
     * and for a person of many properties copying is half of what a call costs.
     *
     * @param {string} distinctId
     * @param {Record<string, any>} personProperties a copy already
     */
    personPropertiesForLocalEvaluation(distinctId, personProperties) {
      return isNativePoller(this.featureFlagsPoller) && steps.addsDistinctId
        ? personProperties
        : super.personPropertiesForLocalEvaluation(distinctId, personProperties)
    }

    /**
     * As posthog-node's own; it also says who does what for this client.
     *
     * @param {boolean} [enabled]
     */
    debug(enabled = true) {
      super.debug(enabled)
      if (enabled && this._engineNote !== undefined) {
        this._logger?.info(this._engineNote)
      }
      this._carrier?.forgetTold()
    }

    /**
     * Makes each request of the client. It is carried by Rust where nobody can tell the difference.
     *
     * @param {any} url
     * @param {any} options
     */
    fetch(url, options) {
      const fetch = (/** @type {any} */ to, /** @type {any} */ by) => super.fetch(to, by)
      const carrier = carrierOf(this, choice)
      return carrier === undefined ? fetch(url, options) : carrier.fetch(url, options, fetch)
    }

    /**
     * Compresses what a request is going to send. Where `fetch` is somebody else's, it expects bytes.
     *
     * @param {any} payload
     */
    compressPayload(payload) {
      const compress = (/** @type {any} */ text) => super.compressPayload(text)
      const carrier = this.fetch === PostHog.prototype.fetch ? carrierOf(this, choice) : undefined
      return carrier === undefined ? compress(payload) : carrier.compress(payload, compress)
    }

    /**
     * Puts an event into the queue, or sends it at once.
     *
     * @param {string} type
     * @param {any} props
     * @param {boolean} immediate
     * @param {any} [prepareOptions]
     * @param {string} [explicitRoute]
     */
    _sendPreparedEvent(type, props, immediate, prepareOptions, explicitRoute) {
      const events = this._quickEvents
      return events === undefined
        ? super._sendPreparedEvent(type, props, immediate, prepareOptions, explicitRoute)
        : events.sendPreparedEvent(this, type, props, immediate, prepareOptions, explicitRoute)
    }

    /**
     * Completes an event for the queue.
     *
     * @param {any} message
     * @param {any} options
     */
    prepareMessage(message, options) {
      const events = message?.distinctId && message.properties ? this._quickEvents : undefined
      return super.prepareMessage(events === undefined ? message : events.wholeEvent(message), options)
    }

    /**
     * Evaluates the definitions this client holds at the time of each call, and sees its overrides; `undefined` without local
     * evaluation.
     *
     * @returns {import('./live-evaluator').LiveEvaluator | undefined}
     */
    get localEvaluator() {
      const poller = this.featureFlagsPoller
      if (!isNativePoller(poller)) {
        return undefined
      }
      if (this._localEvaluator === undefined) {
        const { LiveEvaluator } = require('./live-evaluator')
        const localEvaluator = LiveEvaluator.over(() => poller.snapshot, {
          flags: () => this._flagOverrides,
          payloads: () => this._payloadOverrides,
        })
        defineProperty(this, '_localEvaluator', localEvaluator, false)
      }
      return this._localEvaluator
    }

    /**
     * As posthog-node's own, but it ends at once when there is nothing to wait for any more.
     *
     * @param {number} [timeoutMs]
     */
    async waitForLocalEvaluationReady(timeoutMs = 30_000) {
      const poller = this.featureFlagsPoller
      if (this.isLocalEvaluationReady()) {
        return true
      }
      return isNativePoller(poller) ? poller.waitUntilReady(timeoutMs) : super.waitForLocalEvaluationReady(timeoutMs)
    }

    /** What is known of the definitions of this client, of its loads and of its evaluations. */
    localEvaluationStatus() {
      const poller = this.featureFlagsPoller
      if (isNativePoller(poller)) {
        return poller.status
      }
      return require('./client/javascript-status').statusOf(poller)
    }

    /**
     * Who evaluates flags of this client locally; `undefined` if nobody does.
     *
     * @returns {'native' | 'javascript' | undefined}
     */
    get localEvaluationEngine() {
      const poller = this.featureFlagsPoller
      if (poller === undefined) {
        return undefined
      }
      return isNativePoller(poller) ? 'native' : 'javascript'
    }
  }
  const steps = new EvaluationSteps(PostHog.prototype, Object(Base.prototype))
  return PostHog
}

/**
 * Whether calls of a client take options that posthog-node does not know.
 *
 * @param {any} posthog
 */
function hasOwnOptions(posthog) {
  return posthog._nativeSettings?.semantics === 'server'
}

/**
 * Ends a client that another takes the place of before anybody has seen it.
 *
 * @param {any} client
 * @param {any} Base
 */
async function abandon(client, Base) {
  try {
    await Base.prototype.shutdown.call(client)
  } catch {
    // It has sent nothing and holds nothing; what could be lost is not known either.
  }
}

/**
 * Who decides who carries the requests of a client; nothing if posthog-node carries them all. It is made for the first request.
 *
 * @param {any} posthog
 * @param {EngineChoice} choice
 * @returns {import('./requests/carrier').Carrier | undefined}
 */
function carrierOf(posthog, choice) {
  const native = posthog._nativeSettings
  if (
    posthog._carrier === undefined &&
    native !== undefined &&
    native.engine !== 'javascript' &&
    choice.carriesRequests
  ) {
    const { Carrier } = require('./requests/carrier')
    const carrier = new Carrier({
      native,
      ownFetch: () => posthog.options?.fetch,
      trace: (line) => posthog._logger?.info(line),
    })
    defineProperty(posthog, '_carrier', carrier, false)
  }
  return posthog._carrier
}

/**
 * Definitions are shared in one way.
 *
 * @param {import('./client/options').NativeSettings} settings
 * @param {any} options
 * @throws {TypeError} if there are two
 */
function refuseTwoCaches({ file, shared }, options) {
  if ((file !== undefined || shared) && isOptionsObject(options) && options.flagDefinitionCacheProvider) {
    throw wrongArgument(
      `either native.${file === undefined ? 'shared' : 'file'} or a flagDefinitionCacheProvider`,
      'both',
      'use native.file for the processes of one machine, native.shared for the clients of one process, or a provider (such as ' +
        'RedisFlagCache) for several machines'
    )
  }
}

module.exports = { definePostHog }
