'use strict'

// `posthog-node/experimental`, where this package has the name posthog-node.
module.exports = require('posthog-node-original/experimental')
