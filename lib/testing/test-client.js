'use strict'

const { FixedDefinitions } = require('../loading/fixed-definitions')
const { definitionsOf } = require('./flag-definitions')

/**
 * @param {any} PostHog this package's class, or posthog-node's edge build of it
 * @returns {(flags?: any, options?: any) => any}
 */
function defineTestClient(PostHog) {
  /** A real client that is given its flags, and keeps what it would send. */
  class TestClient extends PostHog {
    /**
     * @param {any} flags
     * @param {any} options
     */
    constructor(flags, options) {
      const definitions = new FixedDefinitions(documentOf(flags))
      super('phc_test', {
        // A flag that was not given has no value, and nobody else is asked for it.
        strictLocalEvaluation: true,
        ...options,
        secretKey: undefined,
        personalApiKey: undefined,
        enableLocalEvaluation: true,
        flagDefinitionCacheProvider: definitions,
        featureFlagsPollingInterval: null,
        fetch: answerNothing,
        fetchRetryCount: 0,
        // Each event is handed on at once, by no timer.
        flushAt: 1,
        flushInterval: 0,
      })
      this._definitions = definitions
      /** @type {{ event: string, distinctId: string, properties: Record<string, any>, timestamp?: any, uuid?: string }[]} */
      this.events = []
    }

    /** @param {any} flags the flags from now on, in place of all before */
    async setFlags(flags) {
      this._definitions.document = documentOf(flags)
      await this.reloadFeatureFlags()
      if (this.localEvaluationEngine !== 'native') {
        // That was a load of posthog-node's which may have begun earlier, with those before.
        await this.reloadFeatureFlags()
      }
    }

    /** There is nothing to wait for, so that it ends although all timers are fake. */
    async waitForLocalEvaluationReady() {
      if (!this.isLocalEvaluationReady()) {
        await this.reloadFeatureFlags()
      }
      return this.isLocalEvaluationReady()
    }

    /** @param {any[]} messages that posthog-node would send now */
    async sendBatch(messages) {
      for (const { event, distinct_id: distinctId, properties, timestamp, uuid } of messages) {
        this.events.push({ event, distinctId, properties, timestamp, uuid })
      }
    }
  }
  return (flags = {}, options = {}) => new TestClient(flags, options)
}

/**
 * Definitions as they are, or those that flags stand for. No flag has a list for its value.
 *
 * @param {any} flags
 */
function documentOf(flags) {
  const isDocument = typeof flags === 'string' || ArrayBuffer.isView(flags) || Array.isArray(flags?.flags)
  return isDocument ? flags : definitionsOf(flags)
}

/** In place of the network, should the program ask PostHog for a flag all the same: no flag is known there. */
async function answerNothing() {
  const text = '{"flags":{}}'
  return {
    status: 200,
    ok: true,
    headers: { get: () => null },
    body: null,
    text: async () => text,
    json: async () => JSON.parse(text),
  }
}

module.exports = { defineTestClient }
