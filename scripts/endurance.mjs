// `npm run endurance`: prepares the clone, then looks for growth in a long run; see __test__/endurance/endurance.mjs.
import { prepare } from './prepare.mjs'
import { runAttached } from './run.mjs'

await prepare()
runAttached(process.execPath, ['__test__/endurance/endurance.mjs', ...process.argv.slice(2)])
