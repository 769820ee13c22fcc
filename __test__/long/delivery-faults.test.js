'use strict'

// The test of deliveries amid faults, with many more of them.
process.env.DELIVERY_FAULTS ??= '10000'
require('../delivery/faults.test.js')
