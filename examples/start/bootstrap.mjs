// An offline client: its flags come from a file that the build has written, and nothing is asked.
//
//   npx posthog-node-native fetch --output flags.json
//   node examples/start/bootstrap.mjs flags.json
import { readFileSync } from 'node:fs'
import { PostHog } from 'posthog-node-native'

const posthog = new PostHog('phc_project', {
  host: process.env.POSTHOG_HOST,
  // A flag that only the server can decide has no value, instead of a request for it.
  strictLocalEvaluation: true,
  native: { bootstrap: readFileSync(process.argv[2] ?? 'flags.json') },
})

console.log('ready:', posthog.isLocalEvaluationReady())
console.log(posthog.localEvaluator?.getAllFlags('user-17'))
// There is no shutdown: nothing keeps the process alive.
