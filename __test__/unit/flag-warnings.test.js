'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { FlagWarnings } = require('../../lib/client/flag-warnings')
const { NATIVE, STOCK, flag } = require('../support/observe')
const { openWorld, recordConsole } = require('./support/world')

const sticky = (/** @type {string} */ key) => flag(key, { ensure_experience_continuity: true })
const odd = (/** @type {string} */ key, operator = 'unknown') =>
  flag(key, { filters: { groups: [{ properties: [{ key: 'a', operator, value: 'x', type: 'person' }] }] } })

for (const strictLocalEvaluation of [false, true]) {
  test(`warnings are those of posthog-node, load after load, strict or not: ${strictLocalEvaluation}`, async (t) => {
    const warnings = recordConsole(t, 'warn')
    const loads = [
      [flag('fine')],
      [sticky('a'), odd('b')],
      [sticky('a'), odd('b')],
      [sticky('a'), odd('b'), sticky('c'), odd('d')],
      [sticky('a'), odd('b', 'other')],
      [flag('a'), flag('b')],
      [sticky('a'), odd('b')],
    ]
    const warned = async (/** @type {any} */ PostHog) => {
      const { server, open } = await openWorld(t, { flags: [] })
      const client = open(PostHog, { strictLocalEvaluation })
      await client.reloadFeatureFlags()
      const seen = []
      for (const flags of loads) {
        warnings.length = 0
        server.setDefinitions({ flags })
        await client.reloadFeatureFlags()
        seen.push(warnings.filter((line) => line.includes('You are using local evaluation')))
      }
      return seen
    }
    const theirs = await warned(STOCK)
    assert.deepEqual(
      theirs.map(({ length }) => length),
      [0, 2, 0, 2, 1, 0, 2]
    )
    assert.deepEqual(await warned(NATIVE), theirs)
  })
}

test('a flag is warned about for its reason alone', (t) => {
  const warnings = recordConsole(t, 'warn')
  const warner = new FlagWarnings(false)
  warner.warn([])
  warner.warn([{ key: 'a', reason: 'missing_context', fingerprint: '1' }])
  assert.deepEqual(warnings, [])
  warner.warn([{ key: 'a', reason: 'experience_continuity', fingerprint: '1' }])
  assert.deepEqual(warnings, [])
  warner.warn([{ key: 'a', reason: 'experience_continuity', fingerprint: '2' }])
  assert.equal(warnings.length, 1)
  assert.match(warnings[0], /1 flag\(s\) have experience continuity .*: a\. /)
})
