import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import Database from 'libsql'
import { tsImport } from 'tsx/esm/api'
import { leadersOfFour } from './support/contest.mjs'

const { SqliteFlagCache } = await tsImport('../../../examples/sqlite-flag-cache.ts', import.meta.url)
/** Newer versions of Node bring one of their own. */
const sqlite = process.getBuiltinModule('node:sqlite')

const definitions = { flags: [{ key: 'beta-søk' }], groupTypeMapping: {}, cohorts: {} }

/** @type {string} */
let directory
/** @type {{ close(): void }[]} */
let open

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'sqlite-flag-cache-'))
  open = []
})

afterEach(() => {
  open.forEach((database) => database.close())
  return rm(directory, { recursive: true })
})

const PACKAGES = {
  libsql: (file) => new Database(file, { timeout: 2000 }),
  ...(sqlite && { 'node:sqlite': (file) => new sqlite.DatabaseSync(file, { timeout: 2000 }) }),
}

for (const [name, connect] of Object.entries(PACKAGES)) {
  /** A cache with a connection of its own, as another process has it. */
  const create = (team = 'shop', options) => {
    const database = connect(path.join(directory, 'flags.db'))
    open.push(database)
    return new SqliteFlagCache(database, team, options)
  }

  describe(`SqliteFlagCache over ${name}`, () => {
    it('has nothing before definitions were received, also while somebody leads', () => {
      const cache = create()
      assert.equal(cache.getFlagDefinitions(), undefined)
      assert.equal(cache.shouldFetchFlagDefinitions(), true)
      assert.equal(cache.getFlagDefinitions(), undefined)
    })

    it('hands the definitions received last from one to another of the same project', () => {
      const [writer, reader, other] = [create(), create(), create('another shop')]
      writer.onFlagDefinitionsReceived({ ...definitions, flags: [] })
      writer.onFlagDefinitionsReceived(definitions)
      assert.deepEqual(reader.getFlagDefinitions(), definitions)
      assert.equal(other.getFlagDefinitions(), undefined)
    })

    it('lets one of many lead, which keeps leading, and one of each project', () => {
      const all = Array.from({ length: 5 }, () => create())
      for (let turn = 0; turn < 2; turn += 1) {
        assert.deepEqual(
          all.map((cache) => cache.shouldFetchFlagDefinitions()),
          [true, false, false, false, false]
        )
      }
      assert.equal(create('another shop').shouldFetchFlagDefinitions(), true)
    })

    it('passes leadership on when the leader shuts down, not when another does', () => {
      const [first, second] = [create(), create()]
      first.shouldFetchFlagDefinitions()
      first.onFlagDefinitionsReceived(definitions)
      second.shutdown()
      assert.equal(second.shouldFetchFlagDefinitions(), false)
      first.shutdown()
      assert.equal(second.shouldFetchFlagDefinitions(), true)
      assert.equal(first.shouldFetchFlagDefinitions(), false)
      assert.deepEqual(second.getFlagDefinitions(), definitions)
    })

    it('lets another take over from a leader that vanished, which then follows', async () => {
      const [vanished, heir] = [create('shop', { lockTtlMs: 1 }), create()]
      assert.equal(vanished.shouldFetchFlagDefinitions(), true)
      const expiredAt = Date.now() + 1
      while (Date.now() <= expiredAt) await new Promise(setImmediate)
      assert.equal(heir.shouldFetchFlagDefinitions(), true)
      assert.equal(vanished.shouldFetchFlagDefinitions(), false)
      vanished.shutdown()
      assert.equal(heir.shouldFetchFlagDefinitions(), true)
    })
  })
}

describe('SqliteFlagCache', () => {
  it('lets one of several processes lead that create the database at the same time', async () => {
    const files = Array.from({ length: 100 }, (_, index) => path.join(directory, `${index}.db`))
    assert.deepEqual(await leadersOfFour(files), Array(100).fill(1))
  })
})
