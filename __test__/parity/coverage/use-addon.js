'use strict'

// Preloaded (`node --require`): the addon that PARITY_ADDON names takes the place of the one in the repository's root.

const Module = require('node:module')
const path = require('node:path')
const { targetOfThisMachine } = require('../../../lib/addon/file.js')

const file = path.join(__dirname, '../../..', `posthog-node-native.${targetOfThisMachine()}.node`)
const addon = new Module(file)
addon.filename = file
process.dlopen(addon, process.env.PARITY_ADDON)
addon.loaded = true
require.cache[file] = addon
