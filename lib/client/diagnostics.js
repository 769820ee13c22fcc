'use strict'

const { channel } = require('node:diagnostics_channel')

const CHANNELS = {
  load: channel('posthog-node-native:load'),
  error: channel('posthog-node-native:error'),
  unresolved: channel('posthog-node-native:unresolved'),
}

/** Publishes on channels of `node:diagnostics_channel` what one client does, as long as somebody listens. */
class Diagnostics {
  /** @param {any} client */
  constructor(client) {
    this._client = client
  }

  /** Whether somebody wants to know of loads. */
  get wantsLoads() {
    return CHANNELS.load.hasSubscribers
  }

  /**
   * A load is over.
   *
   * @param {object} load
   */
  load(load) {
    this._publish(CHANNELS.load, load)
  }

  /** @param {Error} error that is raised as an `error` event */
  error(error) {
    if (CHANNELS.error.hasSubscribers) {
      this._publish(CHANNELS.error, { error })
    }
  }

  /**
   * A flag has no value.
   *
   * @param {string} key
   * @param {import('../evaluation/result-codes.js').UnresolvedReason} reason
   */
  unresolved(key, reason) {
    if (CHANNELS.unresolved.hasSubscribers) {
      this._publish(CHANNELS.unresolved, { key, reason })
    }
  }

  /**
   * @param {import('node:diagnostics_channel').Channel} to
   * @param {object} fields
   */
  _publish(to, fields) {
    to.publish({ client: this._client, ...fields })
  }
}

module.exports = { Diagnostics }
