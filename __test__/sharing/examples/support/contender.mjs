// A process that opens each database it is told of, asks a cache over it for leadership, and says what came out.
import Database from 'libsql'
import { tsImport } from 'tsx/esm/api'

const { SqliteFlagCache } = await tsImport('../../../../examples/sqlite-flag-cache.ts', import.meta.url)

process.on('message', (file) => {
  const database = new Database(file, { timeout: 5000 })
  try {
    process.send(new SqliteFlagCache(database, 'shop').shouldFetchFlagDefinitions())
  } finally {
    database.close()
  }
})
process.send('ready')
