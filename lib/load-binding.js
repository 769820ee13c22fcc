'use strict'

/**
 * The native addon, as `binding.js` finds it for this platform.
 *
 * @type {typeof import('../binding.js')}
 */
module.exports = require('../binding.js')
