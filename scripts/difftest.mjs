// `npm run difftest`: prepares the clone, then compares random evaluations with posthog-node's; arguments are passed on.
import { prepare } from './prepare.mjs'
import { runAttached } from './run.mjs'

await prepare()
runAttached(process.execPath, ['__test__/parity/difftest.js', ...process.argv.slice(2)])
