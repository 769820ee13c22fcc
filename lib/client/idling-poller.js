'use strict'

const { FeatureFlagsPoller } = require('./feature-flags-poller')
const { IdleWatch } = require('../loading/idle-watch')

/** A poller that rests while nobody evaluates. What it holds stays in use: the evaluation that wakes it is answered from that. */
class IdlingPoller extends FeatureFlagsPoller {
  /** @param {import('./feature-flags-poller').FeatureFlagsPollerOptions} options */
  constructor(options) {
    super(options)
    const loader = this._loader
    this._idle = new IdleWatch(Number(options.native.idleAfterMs), {
      rest: () => loader.rest(),
      wake: () => loader.wake(),
    })
  }

  /** @override */
  get snapshot() {
    this._idle.note()
    return super.snapshot
  }

  /** @override @type {FeatureFlagsPoller['computeFlagAndPayloadLocally']} */
  computeFlagAndPayloadLocally(flag, context, options) {
    this._idle.note()
    return super.computeFlagAndPayloadLocally(flag, context, options)
  }

  /** @override @type {FeatureFlagsPoller['getAllFlagsAndPayloads']} */
  getAllFlagsAndPayloads(context, flagKeys) {
    this._idle.note()
    return super.getAllFlagsAndPayloads(context, flagKeys)
  }

  /** @override @type {FeatureFlagsPoller['waitUntilReady']} */
  waitUntilReady(timeoutMs) {
    return this._idle.during(super.waitUntilReady(timeoutMs))
  }

  /** @override @type {FeatureFlagsPoller['stopPoller']} */
  stopPoller(timeoutMs) {
    this._idle.end()
    return super.stopPoller(timeoutMs)
  }
}

module.exports = { IdlingPoller }
