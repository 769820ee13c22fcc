// `npm run bench`: prepares the clone, then compares this package with posthog-node; arguments are passed on.
import { prepare } from './prepare.mjs'
import { runAttached } from './run.mjs'

await prepare()
runAttached(process.execPath, ['benches/node/compare.mjs', ...process.argv.slice(2)])
