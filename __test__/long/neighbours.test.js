'use strict'

// The clients of a process share a background thread. A large document of one of them must not hold up the others.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { PostHog } = require('../..')
const { DefinitionsServer } = require('../support/definitions-server')
const { flag } = require('../support/flags')

const property = (/** @type {string} */ key, /** @type {unknown} */ value) => ({ key, value, operator: 'exact' })
const times = (/** @type {number} */ count, /** @type {(place: number) => any} */ make) =>
  Array.from({ length: count }, (_, place) => make(place))

/** Documents that take long to compile, for as many reasons. @type {Record<string, () => any>} */
const LARGE = {
  'one enormous flag': () => ({
    flags: [
      flag('large', {
        filters: { groups: times(100_000, (place) => ({ properties: [property('email', `user-${place}`)] })) },
      }),
    ],
  }),
  'one enormous cohort that many flags ask for': () => ({
    flags: times(2000, (place) =>
      flag(`large ${place}`, { filters: { groups: [{ properties: [{ key: 'id', type: 'cohort', value: 1 }] }] } })
    ),
    cohorts: { 1: { type: 'OR', values: times(100_000, (place) => property('email', `user-${place}`)) } },
  }),
  'very many patterns': () => ({
    flags: times(5000, (place) =>
      flag(`large ${place}`, {
        filters: {
          groups: [
            { properties: [{ key: 'email', value: `^[a-z]{1,20}@company-${place}\\.[a-z]+$`, operator: 'regex' }] },
          ],
        },
      })
    ),
  }),
}

for (const [name, large] of Object.entries(LARGE)) {
  test(`a client loads while another compiles ${name}`, { timeout: 120_000 }, async (t) => {
    const open = async (/** @type {any} */ definitions) => {
      const server = await DefinitionsServer.start()
      t.after(() => server.close())
      server.setDefinitions({ group_type_mapping: {}, cohorts: {}, ...definitions })
      const client = new PostHog('phc_project', {
        host: server.url,
        secretKey: 'phs_key',
        featureFlagsPollingInterval: 3_600_000,
      })
      t.after(() => client.shutdown())
      await client.waitForLocalEvaluationReady(60_000)
      return client
    }
    const one = await open(large())
    const other = await open({ flags: [flag('small')] })
    const wait = async (/** @type {PostHog} */ client) => {
      const start = performance.now()
      await client.reloadFeatureFlags()
      return performance.now() - start
    }
    // The best of some rounds: whatever else the machine does may hold up any of them.
    const shares = []
    for (let round = 0; round < 4; round++) {
      let isUnderWay = true
      const load = wait(one).finally(() => {
        isUnderWay = false
      })
      let longest = 0
      while (isUnderWay) {
        longest = Math.max(longest, await wait(other))
      }
      shares.push(longest / (await load))
    }
    assert.ok(Math.min(...shares) < 0.5, `the other waited for these shares of the load: ${shares}`)
  })
}
