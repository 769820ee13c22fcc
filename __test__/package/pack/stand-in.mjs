// Stands in for PostHog while programs run, and knows what posthog-node itself answers for the person of the programs.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { PostHog } from 'posthog-node'

const { DefinitionsServer } = createRequire(import.meta.url)('../../support/definitions-server.js')

/**
 * @typedef {object} StandIn
 * @property {Record<string, string>} env for the programs
 * @property {import('./assertions.mjs').Expected} expected
 * @property {() => Promise<void>} close
 */

/** @returns {Promise<StandIn>} */
export async function startStandIn() {
  const server = await DefinitionsServer.start()
  server.setDefinitions(readFileSync(new URL('project/definitions.json', import.meta.url)))
  const posthog = new PostHog('phc_clean_room', { host: server.url, secretKey: 'phs_clean_room' })
  await posthog.waitForLocalEvaluationReady()
  const person = { personProperties: { plan: 'pro' }, onlyEvaluateLocally: true }
  const answer = await posthog.getAllFlagsAndPayloads('user-17', person)
  await posthog.shutdown()
  return {
    env: {
      POSTHOG_HOST: server.url,
      // For the examples.
      POSTHOG_PROJECT_KEY: 'phc_clean_room',
      POSTHOG_SECRET_KEY: 'phs_clean_room',
      EXPECTED_FLAGS: JSON.stringify(answer.featureFlags),
    },
    expected: { answer: JSON.parse(JSON.stringify(answer)) },
    close: () => server.close(),
  }
}
