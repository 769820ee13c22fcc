'use strict'

// Starts up in this process and prints how long each step took in milliseconds, as JSON:
// `node benches/node/runs/startup.js CONTENDER FLAGS`.
const assert = require('node:assert/strict')
const { OPTIONS, providerOf } = require('../contenders.js')
const { keyOf, variedDefinitions, variedPeople } = require('../varied-definitions.js')

/** A rollout without conditions, which everybody has a value of. */
const ROLLOUT = keyOf(0)

/**
 * @param {string} contender
 * @param {number} count
 */
async function main(contender, count) {
  // As a cache provider returns them: parsed from text.
  const text = JSON.stringify(variedDefinitions(count))
  const [person] = variedPeople(1, 1)
  const about = {
    personProperties: person.personProperties,
    groups: person.groups,
    groupProperties: person.groupProperties,
  }
  const locally = { ...about, onlyEvaluateLocally: true, sendFeatureFlagEvents: false }
  const [first, second] = [JSON.parse(text), JSON.parse(text)]
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
  const open = async (/** @type {unknown} */ definitions) => {
    const client = new PostHog('phc_bench', { ...OPTIONS, flagDefinitionCacheProvider: providerOf(() => definitions) })
    assert.ok(await client.waitForLocalEvaluationReady(60_000))
    return client
  }
  const client = await open(first)
  took('clientReady')
  assert.equal(typeof (await client.getFeatureFlag(ROLLOUT, person.distinctId, locally)), 'boolean')
  took('firstFlag')
  assert.ok(Object.keys(await client.getAllFlags(person.distinctId, locally)).length > count / 2)
  took('firstAll')
  const other = await open(second)
  took('secondClient')
  if (LocalEvaluator) {
    const evaluator = new LocalEvaluator(text)
    assert.equal(typeof evaluator.getFeatureFlag(ROLLOUT, person.distinctId, about), 'boolean')
    took('evaluatorAndFirstFlag')
  }
  await Promise.all([client.shutdown(), other.shutdown()])
  console.log(JSON.stringify({ contender, steps }))
}

void main(process.argv[2], Number(process.argv[3]))
