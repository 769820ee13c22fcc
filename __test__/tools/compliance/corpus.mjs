// Evaluates PostHog's public corpus of flag evaluations, which its server is held to, with posthog-node and with ours.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/**
 * @typedef {object} Expectation of one flag
 * @property {unknown} value what the server answers
 * @property {string | null} payload
 * @property {'conclusive' | 'inconclusive' | 'remote_only'} local_evaluation whether an SDK must answer, must not, or may
 *   answer by itself
 *
 * @typedef {object} Deviation
 * @property {string} id of the case
 * @property {string} flag
 * @property {string} kind what the corpus demands of an SDK
 * @property {unknown} server
 * @property {unknown} posthogNode
 * @property {unknown} ours
 *
 * @typedef {object} CorpusReport
 * @property {number} cases
 * @property {number} flags
 * @property {Deviation[]} differences where ours answers otherwise than posthog-node
 * @property {Deviation[]} deviations where both answer otherwise than the server
 */

/**
 * @param {string} file `v1_evaluation.json`
 * @returns {Promise<CorpusReport>}
 */
export async function runCorpus(file) {
  /** @type {{ cases: any[] }} */
  const { cases } = JSON.parse(readFileSync(file, 'utf8'))
  /** @type {CorpusReport} */
  const report = { cases: cases.length, flags: 0, differences: [], deviations: [] }
  for (const { id, definitions, context, expected } of cases) {
    const [posthogNode, ours] = await Promise.all(
      [require('posthog-node'), require('../../..')].map(({ PostHog }) => evaluate(PostHog, definitions, context))
    )
    for (const [flag, expectation] of Object.entries(expectationsOf(expected))) {
      report.flags += 1
      const deviation = {
        id,
        flag,
        kind: expectation.local_evaluation,
        ...describe(expectation, posthogNode[flag], ours[flag]),
      }
      if (deviation.ours !== deviation.posthogNode) {
        report.differences.push(deviation)
      } else if (deviation.ours !== deviation.server) {
        report.deviations.push(deviation)
      }
    }
  }
  return report
}

/**
 * Flags that the server leaves out are off for an SDK.
 *
 * @param {{ flags: Record<string, Expectation>, omitted_flags: string[] }} expected
 * @returns {Record<string, Expectation>}
 */
function expectationsOf({ flags, omitted_flags: omitted }) {
  const off = { value: false, payload: null, local_evaluation: /** @type {const} */ ('conclusive') }
  return { ...flags, ...Object.fromEntries(omitted.map((key) => [key, off])) }
}

/**
 * @param {Expectation} expectation
 * @param {unknown} posthogNode
 * @param {unknown} ours
 */
function describe({ value, payload, local_evaluation: kind }, posthogNode, ours) {
  const server = kind === 'inconclusive' ? undefined : { value, payload: payload === null ? null : JSON.parse(payload) }
  return { server: JSON.stringify(server), posthogNode: JSON.stringify(posthogNode), ours: JSON.stringify(ours) }
}

/**
 * What a client answers without the server, by flag; nothing for a flag that only the server can tell.
 *
 * @param {any} PostHog
 * @param {unknown} definitions
 * @param {any} context
 * @returns {Promise<Record<string, { value: unknown, payload: unknown } | undefined>>}
 */
async function evaluate(PostHog, definitions, context) {
  const flagDefinitionCacheProvider = {
    getFlagDefinitions: () => definitions,
    shouldFetchFlagDefinitions: () => false,
    onFlagDefinitionsReceived: () => {},
    shutdown: () => {},
  }
  const client = new PostHog('phc_corpus', { flagDefinitionCacheProvider, featureFlagsPollingInterval: null })
  await client.waitForLocalEvaluationReady()
  // The client itself takes no empty distinct id, which a few cases are about; the evaluator below it does.
  const { response, payloads } = await client.featureFlagsPoller.getAllFlagsAndPayloads({
    distinctId: context.distinct_id,
    groups: context.groups ?? {},
    personProperties: context.person_properties,
    groupProperties: context.group_properties ?? {},
  })
  await client.shutdown()
  return Object.fromEntries(
    Object.entries(response).map(([key, value]) => [key, { value, payload: payloads[key] ?? null }])
  )
}
