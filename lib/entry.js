'use strict'

/**
 * What the entry points export beside posthog-node. This file is short because Node reads a CommonJS file twice that an ES
 * module imports, and looks for its exports with a slow parser.
 */
const { LocalEvaluator } = require('./local-evaluator')
const { originalOf } = require('./original')
const { definePostHog } = require('./posthog')

module.exports = { LocalEvaluator, definePostHog, originalOf }
