'use strict'

const { AsyncLocalStorage } = require('node:async_hooks')

/**
 * What a call of the client is told of the reasons of the flags that it evaluates. posthog-node hands on values alone, so reasons
 * go beside it: to the call in whose course the flags are evaluated, whatever others are under way.
 *
 * @typedef {Map<string, string>} ToldReasons PostHog's reason codes by key
 */

/** @type {AsyncLocalStorage<ToldReasons>} */
const calls = new AsyncLocalStorage()

module.exports = { calls }
