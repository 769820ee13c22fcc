import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { tsImport } from 'tsx/esm/api'
import { leadersOfFour } from './support/contest.mjs'

const { FileFlagCache } = await tsImport('../../../examples/file-flag-cache.ts', import.meta.url)

const run = promisify(execFile)
const definitions = { flags: [{ key: 'beta-søk' }], groupTypeMapping: {}, cohorts: {} }

/** @type {string} */
let directory

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'file-flag-cache-'))
})

afterEach(() => rm(directory, { recursive: true }))

/** Asks all at once and returns those that may fetch. */
async function leadersAmong(caches) {
  const answers = await Promise.all(caches.map((cache) => cache.shouldFetchFlagDefinitions()))
  return caches.filter((_, index) => answers[index])
}

function caches(count, options) {
  return Array.from({ length: count }, () => new FileFlagCache(directory, options))
}

describe('FileFlagCache', () => {
  it('has nothing before definitions were received', async () => {
    assert.equal(await new FileFlagCache(directory).getFlagDefinitions(), undefined)
  })

  it('hands definitions received by one instance to another', async () => {
    await new FileFlagCache(directory).onFlagDefinitionsReceived(definitions)
    assert.deepEqual(await new FileFlagCache(directory).getFlagDefinitions(), definitions)
  })

  it('shows readers whole documents only while definitions are replaced', async () => {
    const [writer, reader] = caches(2)
    const versions = [1, 2].map((version) => ({ flags: [], filler: String(version).repeat(200_000) }))
    await writer.onFlagDefinitionsReceived(versions[0])
    for (let round = 0; round < 20; round++) {
      const [seen] = await Promise.all([
        reader.getFlagDefinitions(),
        writer.onFlagDefinitionsReceived(versions[round % 2]),
      ])
      assert.ok(versions.some(({ filler }) => filler === seen.filler))
    }
  })

  it('lets exactly one of many that ask at once lead, and that one keeps leading', async () => {
    const all = caches(12)
    const [leader, ...others] = await leadersAmong(all)
    assert.ok(leader)
    assert.equal(others.length, 0)
    assert.deepEqual(await leadersAmong(all), [leader])
  })

  it('passes leadership on at once when the leader shuts down', async () => {
    const [first, second] = caches(2)
    assert.equal(await first.shouldFetchFlagDefinitions(), true)
    await first.shutdown()
    assert.equal(await second.shouldFetchFlagDefinitions(), true)
    assert.equal(await first.shouldFetchFlagDefinitions(), false)
  })

  it('lets exactly one take over from a leader that vanished', async () => {
    for (let round = 0; round < 25; round++) {
      const vanished = new FileFlagCache(directory, { lockTtlMs: 1 })
      assert.equal(await vanished.shouldFetchFlagDefinitions(), true)
      const expiredAt = Date.now() + 1
      while (Date.now() <= expiredAt) {
        await new Promise(setImmediate)
      }
      const heirs = caches(6)
      const leaders = await leadersAmong(heirs)
      assert.equal(leaders.length, 1)
      assert.equal(await vanished.shouldFetchFlagDefinitions(), false)
      await vanished.shutdown()
      assert.deepEqual(await leadersAmong(heirs), leaders)
      await leaders[0].shutdown()
    }
  })

  it('leaves the definitions and one released lock behind, no temporary file', async () => {
    const [leader, follower] = caches(2)
    await leadersAmong([leader, follower])
    await leader.onFlagDefinitionsReceived(definitions)
    await Promise.all([leader.shutdown(), follower.shutdown()])
    assert.deepEqual(await readdir(directory), ['definitions.json', 'lock.1.json'])
    assert.equal(await new FileFlagCache(directory).shouldFetchFlagDefinitions(), true)
  })

  it('leaves what it had, and no part of what does not fit, on a disk that is full', async () => {
    // Larger files than this process may write fail as on a full disk: in the middle.
    const limitFileSize = (bytes) => run('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:unlimited`])
    const cache = new FileFlagCache(directory)
    await cache.onFlagDefinitionsReceived(definitions)
    await limitFileSize('1000')
    try {
      await assert.rejects(cache.onFlagDefinitionsReceived({ ...definitions, filler: 'x'.repeat(5000) }), /EFBIG/)
    } finally {
      await limitFileSize('unlimited')
    }
    assert.deepEqual(await cache.getFlagDefinitions(), definitions)
    assert.deepEqual(await readdir(directory), ['definitions.json'])
  })

  it('lets one of several processes lead', async () => {
    assert.equal(await leadersOfFour('file', directory), 1)
    assert.equal(await new FileFlagCache(directory).shouldFetchFlagDefinitions(), true)
  })
})
