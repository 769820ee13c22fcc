'use strict'

const posthogNode = require('posthog-node')
const { definePostHog } = require('../../../lib/posthog')
const { STOCK } = require('../../support/observe')

const { FeatureFlagEvaluations } = /** @type {any} */ (posthogNode)

/**
 * A class of posthog-node's that notes what it is made with, and the class of ours on top of it.
 *
 * @param {import('node:test').TestContext} t
 */
function watchedClass(t) {
  /** @type {any[]} */
  const told = []
  class Watched extends STOCK {
    /** @param {string} key @param {any} options */
    constructor(key, options) {
      super(key, options)
      told.push(options)
      t.after(() => this.shutdown())
    }
  }
  return { told, PostHog: definePostHog(Watched, FeatureFlagEvaluations) }
}

/** Options of a client that loads when it is asked to, from nowhere. */
const QUIET = { host: 'http://127.0.0.1:9', featureFlagsPollingInterval: null, fetchRetryCount: 0 }

module.exports = { FeatureFlagEvaluations, QUIET, watchedClass }
