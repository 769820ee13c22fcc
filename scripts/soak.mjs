// `npm run soak`: prepares the clone, then lets processes share definitions amid all failures; see __test__/redis/soak.mjs.
import { prepare } from './prepare.mjs'
import { runAttached } from './run.mjs'

await prepare()
runAttached(process.execPath, ['__test__/redis/soak.mjs', ...process.argv.slice(2)])
