// Compiled by `tsc`, never run: the CommonJS entry, by both of its syntaxes.
import stock = require('posthog-node')
import native = require('posthog-node-native')
import { LocalEvaluator, type NativeOptions, PostHog } from 'posthog-node-native'

export const client: stock.PostHog = new native.PostHog('phc_example', { native: { keepAlive: false } })
export const isOne: boolean = new PostHog('phc_example') instanceof stock.PostHog
export const settings: NativeOptions = { engine: 'javascript' }
export const evaluator: native.LocalEvaluator = new LocalEvaluator('{"flags":[]}')
