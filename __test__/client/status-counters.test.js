'use strict'

const { test } = require('node:test')

const { chooseSeed } = require('../parity/support/seed.js')
const { checkCounters } = require('../support/counted')

/** `npm run test:long` makes ten times as many. */
const EVALUATIONS = 10_000

for (const [name, options] of /** @type {[string, any][]} */ ([
  ['', {}],
  [', with reasons', { native: { reasons: true } }],
])) {
  test(`the counters of the status are exactly what was evaluated, by each method${name}`, async (t) => {
    t.mock.method(console, 'warn', () => {})
    const seed = chooseSeed()
    t.diagnostic(`PARITY_SEED=${seed}`)
    t.diagnostic(JSON.stringify(await checkCounters({ seed, evaluations: EVALUATIONS, options })))
  })
}
