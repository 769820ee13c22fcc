// A process that asks a FileFlagCache for leadership when told to, and releases it when told to stop.
import { once } from 'node:events'
import { tsImport } from 'tsx/esm/api'

const { FileFlagCache } = await tsImport('../../../examples/file-flag-cache.ts', import.meta.url)
const cache = new FileFlagCache(process.argv[2])

const asked = once(process, 'message')
process.send('ready')
await asked
const stopped = once(process, 'message')
process.send(await cache.shouldFetchFlagDefinitions())
await stopped
await cache.shutdown()
process.disconnect()
