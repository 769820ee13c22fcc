'use strict'

// Starts up in this process and prints how long each step took in milliseconds, as JSON:
// `node benches/node/runs/startup.js CONTENDER`.
const assert = require('node:assert/strict')
const { OPTIONS, providerOf } = require('../contenders.js')
const mixed = require('../definitions/mixed-definitions.js')

/** @param {string} contender */
async function main(contender) {
  const definitions = mixed.mixedDefinitions(100)
  const about = { ...mixed.about, onlyEvaluateLocally: true, sendFeatureFlagEvents: false }
  /** @type {Record<string, number>} */
  const steps = {}
  let last = performance.now()
  const took = (/** @type {string} */ step) => {
    const now = performance.now()
    steps[step] = now - last
    last = performance.now()
  }

  require('posthog-node')
  took('requireStock')
  const { PostHog, LocalEvaluator } = require(contender)
  took('requireBeyond')
  const client = new PostHog('phc_bench', { ...OPTIONS, flagDefinitionCacheProvider: providerOf(() => definitions) })
  assert.ok(await client.waitForLocalEvaluationReady(10_000))
  took('clientReady')
  assert.equal(typeof (await client.getFeatureFlag(mixed.HALF_ROLLOUT, 'user-1', about)), 'boolean')
  took('firstFlag')
  assert.equal(Object.keys(await client.getAllFlags('user-1', about)).length, 100)
  took('firstAll')
  if (LocalEvaluator) {
    const evaluator = new LocalEvaluator(JSON.stringify(definitions))
    assert.equal(typeof evaluator.getFeatureFlag(mixed.HALF_ROLLOUT, 'user-1', mixed.about), 'boolean')
    took('evaluatorAndFirstFlag')
  }
  await client.shutdown()
  console.log(JSON.stringify({ contender, steps }))
}

void main(process.argv[2])
