'use strict'

// `posthog-node/nestjs`, where this package has the name posthog-node.
module.exports = require('posthog-node-original/nestjs')
