import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import { skip as withoutRedis } from '../../sharing/redis/support/redis-server.mjs'
import { PLANTS } from './support/plants.mjs'
import { diskCommand, runWorld } from './support/run-world.mjs'

/** `npm run stress -- faults` injects 10,000. */
const FAULTS = { server: 200, redis: 100, file: 100 }
const seed = process.env.FAULTS_SEED ?? String(randomInt(2 ** 31))

/** @param {import('./support/run-world.mjs').WorldResult} result */
function describeViolations({ violations }) {
  return violations.map(({ step, problem, events }) => [`step ${step}: ${problem}`, ...events].join('\n')).join('\n\n')
}

// They mostly wait.
describe('clients whose every answer is checked', { concurrency: true }, () => {
  for (const [world, faults] of Object.entries(FAULTS)) {
    const title = `answer from one whole version, never an older one, and lose none, in the world of the ${world}`

    it(title, { skip: world === 'redis' && withoutRedis }, async (t) => {
      t.diagnostic(`FAULTS_SEED=${seed}`)
      const disk = await mkdtemp(path.join(tmpdir(), 'faults-disk-'))
      t.after(() => rm(disk, { recursive: true }))
      const onDisk = world === 'file' ? diskCommand(disk) : undefined
      const result = await runWorld({ seed, world, faults, disk: onDisk && disk }, onDisk)
      assert.equal(result.violations.length, 0, describeViolations(result))
      const injected = Object.values(result.counts).reduce((sum, count) => sum + count, 0)
      assert.ok(injected >= faults)
      assert.ok(result.healed > 0 && result.evaluations > 1000)
      t.diagnostic(`${injected} faults of ${Object.keys(result.counts).length} kinds in ${result.steps} steps`)
    })
  }
})

describe('what a schedule of faults must not overlook', { concurrency: 4 }, () => {
  const plants = [
    ...PLANTS.provider.map((plant) => ({ world: 'file', plant })),
    ...PLANTS.world.map((plant) => ({ world: 'server', plant })),
  ]
  for (const { world, plant } of plants) {
    it(`is ${plant}`, async () => {
      const result = await runWorld({ seed, world, faults: Infinity, from: 1, to: 60, plant })
      assert.notEqual(result.violations.length, 0, 'it was overlooked')
    })
  }
})
