'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { startChild } = require('../support/child')
const { DefinitionsServer } = require('../support/definitions-server')
const { flag } = require('../support/flags')

const LOADS = 9

/**
 * Loads definitions again and again, evaluates each for sixty kinds of people in all ways, and keeps one result of each
 * way. Prints what a kept load costs, and how many of the loads are still in memory as a whole. The cost is the median of
 * all loads: at any moment V8 may free some 200 kB of its own, code not run for a while for example, which would be taken
 * off an average.
 */
const SCRIPT = `
  const client = new PostHog('phc_project', { ...OPTIONS, featureFlagsPollingInterval: null })
  const held = []
  const loads = new Set()
  const settle = async () => {
    for (let turn = 0; turn < 5; turn += 1) {
      gc()
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  const evaluate = async () => {
    let last
    for (let person = 0; person < 60; person += 1) {
      const personProperties = Object.fromEntries([...person.toString(2)].map((digit, bit) => ['p' + bit, digit]))
      const options = { personProperties, onlyEvaluateLocally: true }
      for (let call = 0; call < 2; call += 1) {
        last = [
          await client.evaluateFlags('user-' + person, options),
          await client.getAllFlagsAndPayloads('user-' + person, options),
          await client.getAllFlags('user-' + person, { ...options, flagKeys: ['flag-1', 'flag-2'] }),
          await client.getFeatureFlagResult('flag-3', 'user-' + person, { ...options, sendFeatureFlagEvents: false }),
        ]
      }
    }
    last[0].getFlag('flag-1', { sendFeatureFlagEvents: false })
    held.push(last, last[0].only(['flag-2']))
  }
  const run = async () => {
    await client.reloadFeatureFlags()
    const { snapshot } = client.featureFlagsPoller
    if (snapshot !== undefined) {
      loads.add(new WeakRef(snapshot))
    }
    await evaluate()
    await settle()
    return process.memoryUsage().heapUsed
  }
  const main = async () => {
    await client.waitForLocalEvaluationReady()
    await run()
    await run()
    let before = await run()
    const grown = []
    for (let load = 0; load < ${LOADS}; load += 1) {
      const after = await run()
      grown.push(after - before)
      before = after
    }
    const each = grown.sort((a, b) => a - b)[(${LOADS} - 1) / 2]
    const alive = [...loads].filter((load) => load.deref() !== undefined).length
    console.log('result:', JSON.stringify({ each, alive, held: held.length }))
    await client.shutdown()
  }
  main()
`

const FLAGS = Array.from({ length: 100 }, (_, index) =>
  flag(`flag-${index}`, {
    filters: {
      groups: [{ properties: [{ key: `p${index % 6}`, value: '1', operator: 'exact' }], rollout_percentage: 100 }],
      payloads: index % 5 === 0 ? { true: '{"limit":[1,2,3]}' } : undefined,
    },
  })
)

/**
 * @param {import('node:test').TestContext} t
 * @param {boolean} stock
 */
async function measure(t, stock) {
  const server = await DefinitionsServer.start()
  t.after(() => server.close())
  server.setDefinitions({ flags: FLAGS, cohorts: {} })
  const { code, output } = await startChild(SCRIPT, { host: server.url, stock, flags: ['--expose-gc'] }).ended()
  assert.equal(code, 0, output)
  return JSON.parse(/^result: (.*)$/m.exec(output)?.[1] ?? '{}')
}

test("results that are kept hold no more than posthog-node's do, and not the definitions they came from", async (t) => {
  const theirs = await measure(t, true)
  const ours = await measure(t, false)
  assert.equal(ours.held, theirs.held)
  assert.ok(ours.alive <= 2, `${ours.alive} loads are in memory`)
  assert.ok(ours.each < 1.5 * theirs.each, `${ours.each} bytes a load, posthog-node ${theirs.each}`)
})
