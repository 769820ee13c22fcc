'use strict'

// Edge runtimes load no native addons: there, this package is posthog-node's own edge build.
module.exports = require('posthog-node/edge')
