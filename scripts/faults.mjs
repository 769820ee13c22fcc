// `npm run faults`: prepares the clone, then injects faults by a schedule; see __test__/faults/faults.mjs.
import { prepare } from './prepare.mjs'
import { runAttached } from './run.mjs'

await prepare()
runAttached(process.execPath, ['__test__/faults/faults.mjs', ...process.argv.slice(2)])
