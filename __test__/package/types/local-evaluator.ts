// Compiled by `tsc`, never run: what LocalEvaluator accepts and answers.
import type { UnresolvedFlagReason, FeatureFlagResult, FlagDefinitionCacheData } from 'posthog-node'
import { LocalEvaluator, PostHog } from 'posthog-node-native'
import definitions from '../../../examples/project-definitions.json'

declare const fromCache: FlagDefinitionCacheData
declare const bytes: Uint8Array

export const evaluators = [
  new LocalEvaluator(definitions),
  new LocalEvaluator(fromCache, { evaluationContexts: ['production'] }),
  new LocalEvaluator('{"flags":[]}'),
  new LocalEvaluator(bytes),
  new LocalEvaluator(Buffer.from('{"flags":[]}')),
  new LocalEvaluator({ flags: [] }),
  new LocalEvaluator(bytes, { semantics: 'server', timezone: 'Europe/Berlin', propertiesAreComplete: true }),
]

const evaluator = evaluators[0]!
const about = {
  groups: { company: 'acme' },
  personProperties: { plan: 'pro', age: 36, signed_up: new Date() },
  groupProperties: { company: { seats: 40 } },
}

export const value: string | boolean | undefined = evaluator.getFeatureFlag('checkout-layout', 'user-17', about)
export const result: FeatureFlagResult | undefined = evaluator.getFeatureFlagResult('checkout-layout', 'user-17')
export const values: Record<string, string | boolean> = evaluator.getAllFlags('user-17', { flagKeys: ['beta'] })
export const both = evaluator.getAllFlagsAndPayloads('user-17', about)
export const variant: string | boolean | undefined = both.featureFlags?.['checkout-layout']
export const payload: unknown = both.featureFlagPayloads?.['checkout-layout']

export const complete = evaluator.getFeatureFlag('beta', 'user-17', { ...about, propertiesAreComplete: true })

const client = new PostHog('phc_example', {
  native: { semantics: 'server', timezone: 'Europe/Berlin', propertiesAreComplete: false },
})
client.evaluateFlags('user-17', { ...about, propertiesAreComplete: true })
client.evaluateFlags({ propertiesAreComplete: true })
client.getAllFlags('user-17', { propertiesAreComplete: true })
client.getAllFlagsAndPayloads('user-17', { propertiesAreComplete: true })
client.getFeatureFlag('beta', 'user-17', { propertiesAreComplete: true })
client.getFeatureFlagResult('beta', { propertiesAreComplete: true })
client.isFeatureEnabled('beta', 'user-17', { propertiesAreComplete: true })
client.getFeatureFlagPayload('beta', 'user-17', undefined, { propertiesAreComplete: true })
// @ts-expect-error there are two semantics
new PostHog('phc_example', { native: { semantics: 'mine' } })
export const live: string | boolean | undefined = client.localEvaluator?.getFeatureFlag('beta', 'user-17')
// @ts-expect-error it may be absent
client.localEvaluator.getAllFlags('user-17')
// @ts-expect-error the live evaluator belongs to the client
client.localEvaluator = undefined

// @ts-expect-error a document has flags
new LocalEvaluator({ cohorts: {} })
// @ts-expect-error nothing is decided for nobody
evaluator.getFeatureFlag('beta')
// @ts-expect-error only getAllFlags and getAllFlagsAndPayloads take keys
evaluator.getFeatureFlag('beta', 'user-17', { flagKeys: ['beta'] })
// @ts-expect-error evaluation is always local here
evaluator.getAllFlags('user-17', { onlyEvaluateLocally: true })

evaluator.dispose()
evaluator[Symbol.dispose]()

const explanation = evaluator.explain('checkout-layout', 'user-17', about)
export const reason: UnresolvedFlagReason | undefined = explanation?.unresolvedReason
export const missing: readonly string[] = explanation?.missing.personProperties ?? []
const code: string | undefined = explanation?.reasonCode
export const isOut: boolean = code === 'out_of_rollout_bound' && explanation?.conditions[0].outOfRollout === true
for (const { cohort, dependencies, given } of explanation?.conditions[explanation.conditionIndex ?? 0].properties ??
  []) {
  const inside: boolean | undefined = cohort?.matches
  const nested: string[] = dependencies?.map(({ key }) => key) ?? []
  console.log(given, inside, nested, explanation?.holdout?.value)
}
new PostHog('phc_example', { native: { reasons: true } })
// @ts-expect-error it is on or off
new PostHog('phc_example', { native: { reasons: 'all' } })
// @ts-expect-error nothing is explained for nobody
evaluator.explain('checkout-layout')
