'use strict'

module.exports = require('../lib/caches/redis-flag-cache')
