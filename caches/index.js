'use strict'

const { RedisFlagCache } = require('../lib/caches/redis-flag-cache')

// Named, so that `import` finds the name too.
module.exports = { RedisFlagCache }
