'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { startChild } = require('../support/child')

/** Nothing listens there: definitions come from a cache. */
const CLOSED = { host: 'http://127.0.0.1:9' }

/**
 * Loads large definitions that are others each time, by a client and by an evaluator, and prints the resident memory every
 * now and then.
 *
 * @param {number} changes
 * @param {number} flags
 */
const changing = (changes, flags) => `
  const { LocalEvaluator } = require(PACKAGE)
  const document = (change) =>
    JSON.stringify({
      flags: Array.from({ length: ${flags} }, (_, number) => ({
        id: number,
        key: 'flag-' + change + '-' + number,
        active: true,
        filters: {
          groups: [
            {
              properties: [{ key: 'p' + (number % 50), operator: 'exact', value: ['v' + change, 'w' + number], type: 'person' }],
              rollout_percentage: 100,
            },
          ],
          payloads: { true: JSON.stringify({ change, number }) },
        },
      })),
    })
  let cached
  const client = new PostHog('phc_project', {
    ...OPTIONS,
    featureFlagsPollingInterval: null,
    flagDefinitionCacheProvider: {
      shouldFetchFlagDefinitions: () => false,
      getFlagDefinitions: () => cached,
      onFlagDefinitionsReceived() {},
      shutdown() {},
    },
  })
  const run = async () => {
    const resident = []
    for (let change = 0; change < ${changes}; change += 1) {
      cached = document(change)
      await client.reloadFeatureFlags()
      const personProperties = { p0: 'v' + change }
      const flags = await client.getAllFlags('kari', { personProperties, onlyEvaluateLocally: true })
      const evaluator = new LocalEvaluator(cached)
      const own = evaluator.getAllFlags('kari', { personProperties })
      evaluator.dispose()
      for (const [key, value] of [['flag-' + change + '-0', true], ['flag-' + change + '-50', true]]) {
        if (flags[key] !== value || own[key] !== value) throw new Error('a wrong answer after ' + change + ' changes')
      }
      if (change % ${Math.ceil(changes / 20)} === 0) resident.push(process.memoryUsage().rss)
    }
    await client.shutdown()
    console.log(JSON.stringify(resident))
  }
  run()
`

test('memory does not grow with the number of changes of large definitions', async () => {
  const { code, output } = await startChild(changing(1000, 1000), CLOSED).ended()
  assert.equal(code, 0, output)
  /** @type {number[]} */
  const resident = JSON.parse(String(/^\[.*\]$/m.exec(output)))
  assert.equal(resident.length, 20)
  // The allocators have found their size after a quarter; a definition that leaked each time would make hundreds of them.
  const [settled, last] = [Math.max(...resident.slice(3, 8)), Math.max(...resident.slice(-5))]
  assert.ok(last < 1.3 * settled, `expected no growth beyond ${settled} bytes, received ${last}: ${resident}`)
})

test('large definitions are loaded, changed and evaluated under a small limit on the heap of V8', async () => {
  const flags = ['--max-old-space-size=64']
  const { code, output } = await startChild(changing(20, 10_000), { ...CLOSED, flags }).ended()
  assert.equal(code, 0, output)
})
