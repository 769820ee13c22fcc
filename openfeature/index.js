'use strict'

const { PostHogProvider } = require('../lib/openfeature/posthog-provider')

// Named, so that `import` finds the name too.
module.exports = { PostHogProvider }
