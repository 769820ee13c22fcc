// Prepares the clone, then runs Node with the arguments given: `node scripts/prepared.mjs __test__/long/stress/main.mjs faults --faults 8`.
import { prepare } from './prepare.mjs'
import { runAttached } from './run.mjs'

await prepare()
runAttached(process.execPath, process.argv.slice(2))
