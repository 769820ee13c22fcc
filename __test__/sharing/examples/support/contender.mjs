// A process that asks a cache for leadership when told to, and releases it when told to stop.
import { once } from 'node:events'
import path from 'node:path'
import Database from 'libsql'
import { tsImport } from 'tsx/esm/api'

const [kind, directory] = process.argv.slice(2)
const asked = once(process, 'message')
const CACHES = {
  async sqlite() {
    const { SqliteFlagCache } = await tsImport('../../../../examples/sqlite-flag-cache.ts', import.meta.url)
    return () => new SqliteFlagCache(new Database(path.join(directory, 'flags.db'), { timeout: 5000 }), 'shop')
  },
}
const create = await CACHES[kind]()
process.send('ready')
await asked
const stopped = once(process, 'message')
const cache = create()
process.send(await cache.shouldFetchFlagDefinitions())
await stopped
await cache.shutdown()
process.disconnect()
