// Records what the installed posthog-node answers to the canaries that `doctor` asks: node scripts/package/canaries.mjs
import { createRequire } from 'node:module'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import * as prettier from 'prettier'
import { root } from '../run.mjs'

const require = createRequire(import.meta.url)
const { askCanaries } = require('../../cli/canaries/ask.js')
const { PostHog } = require('posthog-node')

const FILE = path.join(root, 'cli/canaries/answers.json')

// posthog-node warns about flags that it leaves to the server.
console.warn = () => {}
const answers = await askCanaries(PostHog)
const version = new PostHog('phc_canaries').getLibraryVersion()
const options = await prettier.resolveConfig(FILE)
const text = await prettier.format(JSON.stringify({ 'posthog-node': version, answers }), { ...options, filepath: FILE })
writeFileSync(FILE, text)
console.log(`${FILE}: ${Object.values(answers).flat().length} answers of posthog-node ${version}`)
