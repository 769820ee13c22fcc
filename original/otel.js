'use strict'

// `posthog-node/otel`, where this package has the name posthog-node.
module.exports = require('posthog-node-original/otel')
