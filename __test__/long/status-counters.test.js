'use strict'

const { test } = require('node:test')

const { chooseSeed } = require('../parity/support/seed.js')
const { checkCounters } = require('../support/counted')

test('after 100,000 evaluations by each method, the counters of the status are exactly what was evaluated', async (t) => {
  t.mock.method(console, 'warn', () => {})
  const seed = chooseSeed()
  t.diagnostic(`PARITY_SEED=${seed}`)
  t.diagnostic(JSON.stringify(await checkCounters({ seed, evaluations: 100_000 })))
})
