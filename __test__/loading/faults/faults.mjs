// `npm run faults -- --seed S --faults N`: a schedule of faults that the seed repeats, over real clients, a scripted server,
// a real Redis and a real disk. All answers are checked after every step and in between. Prints the faults that came to
// pass, by kind, and every violation; ends with exit code 0 only if there is none.
// `--only redis:120-130` runs these steps of a schedule alone, as a violation tells.
import { randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { helpIfAsked } from '../../../scripts/help.mjs'
import { skip } from '../../sharing/redis/support/redis-server.mjs'
import { diskCommand, runWorld } from './support/run-world.mjs'

helpIfAsked(import.meta.url)

/** What share of the faults is injected where. */
const SHARES = { server: 0.5, redis: 0.25, file: 0.25 }

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    faults: { type: 'string', default: '10000' },
    only: { type: 'string' },
    plant: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
const { seed, plant } = values
const [onlyWorld, steps] = values.only?.split(':') ?? []
const [from, to = from] = steps?.split('-').map(Number) ?? []
const disk = await mkdtemp(path.join(tmpdir(), 'faults-disk-'))
const onDisk = diskCommand(disk)
const startedAt = performance.now()

const notes = []
if (onDisk === undefined) {
  notes.push('This machine lets us mount no disk to fill; files that may not grow stand in for it.')
}
if (skip) notes.push(`Without Redis: ${skip}.`)
if (!values.json) console.log(`FAULTS_SEED=${seed}`)

const results = Object.fromEntries(
  await Promise.all(
    Object.entries(SHARES)
      .filter(([world]) => (onlyWorld === undefined ? world !== 'redis' || !skip : world === onlyWorld))
      .map(async ([world, share]) => {
        const settings = { seed, world, faults: Math.ceil(Number(values.faults) * share), from, to, plant }
        return world === 'file' && onDisk !== undefined
          ? [world, await runWorld({ ...settings, disk }, onDisk)]
          : [world, await runWorld(settings)]
      })
  )
)
await rm(disk, { recursive: true })

const all = Object.values(results)
const violations = all.flatMap(({ violations }) => violations)
if (values.json) {
  console.log(JSON.stringify({ seed, results, notes }))
} else {
  report()
}
process.exitCode = violations.length === 0 ? 0 : 1

function report() {
  for (const [world, { counts }] of Object.entries(results)) {
    console.log(`\nFaults in the world of the ${world}:`)
    const rows = Object.entries(counts).sort(([, one], [, other]) => other - one)
    rows.forEach(([kind, count]) => console.log(`  ${String(count).padStart(6)}  ${kind}`))
  }
  for (const [world, { violations }] of Object.entries(results)) {
    violations.forEach(({ step, problem }) => console.log(`\nVIOLATION in step ${step}: ${problem}`))
    for (const { step, events } of violations.slice(0, 1)) {
      events.forEach((event) => console.log(`    ${event}`))
      console.log(`  Again: npm run faults -- --seed ${seed} --only ${world}:${Math.max(1, step - 5)}-${step}`)
    }
  }
  const sum = (/** @type {(result: any) => number} */ count) => all.reduce((total, result) => total + count(result), 0)
  const faults = sum(({ counts }) => Object.values(counts).reduce((total, count) => total + count, 0))
  const kinds = new Set(all.flatMap(({ counts }) => Object.keys(counts))).size
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)
  console.log(
    `\n${faults} faults of ${kinds} kinds in ${sum(({ steps }) => steps)} steps and ${seconds} s; ` +
      `${sum(({ loads }) => loads)} loads asked for, ${sum(({ evaluations }) => evaluations)} evaluations checked; ` +
      `${sum(({ healed }) => healed)} times all was well again`
  )
  notes.forEach((note) => console.log(note))
  console.log(violations.length === 0 ? 'No violation' : `${violations.length} VIOLATIONS`)
}
