'use strict'

// Taken once, when the package is loaded, so that a load and a shutdown come to their end under fake timers in a user's tests.
const { clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } = require('node:timers')

module.exports = { clearInterval, clearTimeout, setImmediate, setInterval, setTimeout }
