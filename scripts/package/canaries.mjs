// Records what the installed posthog-node answers to the canaries that `doctor` asks: node scripts/package/canaries.mjs
import { createRequire } from 'node:module'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { root } from '../run.mjs'

const require = createRequire(import.meta.url)
const { askCanaries } = require('../../cli/canaries/ask.js')
const { PostHog } = require('posthog-node')

const FILE = path.join(root, 'cli/canaries/answers.json')

// posthog-node warns about flags that it leaves to the server.
console.warn = () => {}
const answers = await askCanaries(PostHog)
const flags = Object.entries(answers).map(
  ([flag, ofPeople]) => `    ${JSON.stringify(flag)}: ${JSON.stringify(ofPeople)}`
)
const version = new PostHog('phc_canaries').getLibraryVersion()
writeFileSync(FILE, `{\n  "posthog-node": "${version}",\n  "answers": {\n${flags.join(',\n')}\n  }\n}\n`)
console.log(`${FILE}: ${flags.length * answers[Object.keys(answers)[0]].length} answers of posthog-node ${version}`)
