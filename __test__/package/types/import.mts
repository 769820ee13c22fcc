// Compiled by `tsc`, never run: the ES module entry has the same types as the CommonJS one.
import * as stock from 'posthog-node'
import { LocalEvaluator, PostHog, uuidv7 } from 'posthog-node-native'

export const client: stock.PostHog = new PostHog('phc_example', { native: {} })
export const evaluator: LocalEvaluator | undefined = new PostHog('phc_example').localEvaluator
export const id: string = uuidv7()
