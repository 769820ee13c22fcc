// Compares with other products' SDKs: `npm run bench:peers -- [options]`, which installs them in this folder first.
//
//   --json             print the results as JSON
//   --pin              on one core (through taskset)
//   --rounds <n>       alternating rounds, 15 by default
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import report from '../node/report/report.js'
import rounds from '../../cli/bench/rounds.js'
import { peerTable, toText } from '../node/report/tables.mjs'
import { GATE, people, person } from './gates.mjs'
import { assertOffline, forbidNetwork } from './offline.mjs'

/**
 * @typedef {object} Product
 * @property {string} name
 * @property {string} package
 * @property {string} how the calls that are timed
 * @property {boolean} [isOwn] PostHog's
 * @property {() => Promise<Subject>} create
 *
 * @typedef {object} Subject one product with the gates loaded
 * @property {(id: string, properties: Record<string, any>) => any} toPerson
 * @property {(key: string, person: any) => boolean | Promise<boolean>} one
 * @property {(person: any) => any} all the answer to all gates, as the product gives it
 * @property {(answer: any) => number} countOn how many gates are on in it
 * @property {boolean} [isAsync]
 * @property {() => unknown} close
 */

const { values: options } = parseArgs({
  options: { json: { type: 'boolean' }, rounds: { type: 'string', default: '15' } },
})

forbidNetwork()
const { flagd } = await import('./products/flagd.mjs')
const { growthbook } = await import('./products/growthbook.mjs')
const { unleash } = await import('./products/unleash.mjs')
const { eppo } = await import('./products/eppo.mjs')
const { launchdarkly } = await import('./products/launchdarkly.mjs')
const { statsig, statsigWithUser } = await import('./products/statsig.mjs')
const { client, evaluator, stock } = await import('./products/posthog.mjs')

const products = [
  ...[evaluator, client, stock],
  ...[flagd, growthbook, unleash, eppo, launchdarkly, statsig, statsigWithUser],
]
await main()
// Statsig's threads keep the process alive after its shutdown.
process.exit()

async function main() {
  const subjects = await Promise.all(products.map(({ create }) => create()))
  const shares = []
  for (const [index, subject] of subjects.entries()) {
    shares.push(await assertSplit(products[index].name, subject))
  }
  const contenders = subjects.map((subject, index) => ({
    name: products[index].name,
    sync: !subject.isAsync,
    persons: people((id) => subject.toPerson(id, person)),
    subject,
  }))
  const effort = { rounds: Number(options.rounds), roundMs: 20 }
  const one = await rounds.timeInTurns(
    contenders.map(({ name, sync, persons, subject }) => ({
      name,
      sync,
      call: (turn) => subject.one(GATE, persons[turn & 1023]),
    })),
    effort
  )
  const all = await rounds.timeInTurns(
    contenders.map(({ name, sync, persons, subject }) => ({
      name,
      sync,
      call: (turn) => subject.all(persons[turn & 1023]),
    })),
    effort
  )
  for (const { close } of subjects) {
    await close()
  }
  assertOffline()
  const peers = products.map(({ name, package: packageName, how, isOwn }, index) => ({
    ...{ name, version: versionOf(packageName), how, isOwn, share: shares[index] },
    ...{ one: one[index], all: all[index] },
  }))
  if (options.json) {
    console.log(JSON.stringify({ peers }))
  } else {
    console.log(`${report.machine()}\n${toText(peerTable(peers))}`)
  }
}

/**
 * The gate is on for half of those on a plan and for nobody else, and 100 gates are independent of each other.
 *
 * @param {string} name
 * @param {Subject} subject
 * @returns {Promise<number>} the share
 */
async function assertSplit(name, { toPerson, one, all, countOn }) {
  const ids = Array.from({ length: 2000 }, (_, index) => `person-${index}`)
  let on = 0
  for (const id of ids) {
    on += Number(await one(GATE, toPerson(id, person)))
  }
  const share = on / ids.length
  assert.ok(share > 0.47 && share < 0.53, `${name}: expected half of the people to have the gate; found ${share}`)
  const free = { ...person, plan: 'free' }
  let gates = 0
  for (const id of ids.slice(0, 50)) {
    assert.equal(await one(GATE, toPerson(id, free)), false, `${name}: the gate is on without a plan`)
    assert.equal(countOn(await all(toPerson(id, free))), 0, `${name}: gates are on without a plan`)
    gates += countOn(await all(toPerson(id, person)))
  }
  const mean = gates / 50
  assert.ok(mean > 44 && mean < 56, `${name}: expected half of 100 gates to be on; found ${mean}`)
  return share
}

/** @param {string} name */
function versionOf(name) {
  const isOwn = name === 'posthog-node-native'
  const folder = isOwn ? '../..' : name === 'posthog-node' ? '../../node_modules/posthog-node' : `node_modules/${name}`
  return JSON.parse(readFileSync(path.join(import.meta.dirname, folder, 'package.json'), 'utf8')).version
}
