// `npm run demo`: prepares the clone, then runs the demonstration in examples/demo/.
import { prepare } from './prepare.mjs'
import { runAttached } from './run.mjs'

await prepare()
runAttached(process.execPath, ['--import', 'tsx', 'examples/demo/main.ts', ...process.argv.slice(2)])
