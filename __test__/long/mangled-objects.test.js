'use strict'

// The test of the provider's objects, with many more of them.
process.env.MANGLED_DOCUMENTS ??= '3000'
require('../loading/provider/mangled-objects.test.js')
