// The benchmarks whose answers take seconds to compare; the others are looked at in `tools/benches`.
import { test } from 'node:test'
import { assertTimedAnswers } from '../tools/benches/support/timed-answers.mjs'

for (const name of ['people/loaded-once', 'people/reloaded', 'people/at-once']) {
  test(`what is timed as ${name} has posthog-node's answers`, () => assertTimedAnswers(name))
}
