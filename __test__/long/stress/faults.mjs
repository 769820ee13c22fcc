// A schedule of faults that the seed repeats, over real clients, a scripted server, a real Redis and a real disk. All answers are
// checked after every step and in between.
import { randomInt } from 'node:crypto'
import { skip } from '../../sharing/redis/support/redis-server.mjs'
import { diskCommand, runWorld } from '../../loading/faults/support/run-world.mjs'

/** What share of the faults is injected where. */
const SHARES = { server: 0.5, redis: 0.25, file: 0.25 }

/** @type {import('./main.mjs').Scenario['options']} */
export const options = {
  seed: { type: 'string' },
  faults: { type: 'string', default: '10000' },
  only: { type: 'string' },
  plant: { type: 'string' },
}

/** @type {import('./main.mjs').Scenario['run']} */
export async function run({ seed = String(randomInt(2 ** 31)), faults, only, plant, json }, disk) {
  const [onlyWorld, steps] = only?.split(':') ?? []
  const [from, to = from] = steps?.split('-').map(Number) ?? []
  const onDisk = diskCommand(disk)
  const startedAt = performance.now()
  /** @type {string[]} */
  const notes = []
  if (onDisk === undefined) {
    notes.push('This machine lets us mount no disk to fill; files that may not grow stand in for it.')
  }
  if (skip) notes.push(`Without Redis: ${skip}.`)
  if (!json) console.log(`FAULTS_SEED=${seed}`)

  const results = Object.fromEntries(
    await Promise.all(
      Object.entries(SHARES)
        .filter(([world]) => (onlyWorld === undefined ? world !== 'redis' || !skip : world === onlyWorld))
        .map(async ([world, share]) => {
          const settings = { seed, world, faults: Math.ceil(Number(faults) * share), from, to, plant }
          return world === 'file' && onDisk !== undefined
            ? [world, await runWorld({ ...settings, disk }, onDisk)]
            : [world, await runWorld(settings)]
        })
    )
  )
  const seconds = (performance.now() - startedAt) / 1000
  return {
    passed: Object.values(results).every(({ violations }) => violations.length === 0),
    findings: { seed, results, notes },
    print: () => print({ seed, results, notes, seconds }),
  }
}

/**
 * @param {object} run
 * @param {string} run.seed
 * @param {Record<string, import('../../loading/faults/support/run-world.mjs').WorldResult>} run.results
 * @param {string[]} run.notes
 * @param {number} run.seconds
 */
function print({ seed, results, notes, seconds }) {
  for (const [world, { counts }] of Object.entries(results)) {
    console.log(`\nFaults in the world of the ${world}:`)
    const rows = Object.entries(counts).sort(([, one], [, other]) => other - one)
    rows.forEach(([kind, count]) => console.log(`  ${String(count).padStart(6)}  ${kind}`))
  }
  for (const [world, { violations }] of Object.entries(results)) {
    violations.forEach(({ step, problem }) => console.log(`\nVIOLATION in step ${step}: ${problem}`))
    for (const { step, events } of violations.slice(0, 1)) {
      events.forEach((event) => console.log(`    ${event}`))
      console.log(`  Again: npm run stress -- faults --seed ${seed} --only ${world}:${Math.max(1, step - 5)}-${step}`)
    }
  }
  const all = Object.values(results)
  const sum = (/** @type {(result: any) => number} */ count) => all.reduce((total, result) => total + count(result), 0)
  const faults = sum(({ counts }) => Object.values(counts).reduce((total, count) => total + count, 0))
  const kinds = new Set(all.flatMap(({ counts }) => Object.keys(counts))).size
  console.log(
    `\n${faults} faults of ${kinds} kinds in ${sum(({ steps }) => steps)} steps and ${seconds.toFixed(0)} s; ` +
      `${sum(({ loads }) => loads)} loads asked for, ${sum(({ evaluations }) => evaluations)} evaluations checked; ` +
      `${sum(({ healed }) => healed)} times all was well again`
  )
  notes.forEach((note) => console.log(note))
  const violations = sum(({ violations }) => violations.length)
  console.log(violations === 0 ? 'No violation' : `${violations} VIOLATIONS`)
}
