'use strict'

// `posthog-node/edge`, where this package has the name posthog-node.
module.exports = require('posthog-node-original/edge')
