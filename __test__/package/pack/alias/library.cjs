'use strict'

// A program in CommonJS whose client is made by a library, which requires posthog-node.
const { createPostHogAdapter } = require('@flags-sdk/posthog')

const adapter = createPostHogAdapter({
  postHogKey: 'phc_clean_room',
  postHogOptions: { host: process.env.POSTHOG_HOST, personalApiKey: 'phs_clean_room' },
})
const person = { personProperties: { plan: 'pro' }, onlyEvaluateLocally: true, sendFeatureFlagEvents: false }

async function main() {
  const featureFlags = {}
  for (const key of Object.keys(JSON.parse(process.env.EXPECTED_FLAGS))) {
    const flag = adapter.featureFlagValue(person)
    featureFlags[key] = await flag.decide({ key, entities: { distinctId: 'user-17' } })
  }
  // The library keeps its client to itself. Who evaluates shows in what is loaded.
  const addons = process.report.getReport().sharedObjects.filter((file) => file.endsWith('.node'))
  console.log(JSON.stringify({ engine: addons.length === 1 ? 'native' : 'javascript', featureFlags }))
  // It has no way to be shut down either.
  process.exit()
}

void main()
