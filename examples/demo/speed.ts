// Times both clients on the same calls, in alternating rounds of one process.
import { deepStrictEqual } from 'node:assert/strict'
import type { PostHog as StockPostHog } from 'posthog-node'
import mixed from '../../benches/node/definitions/mixed-definitions.js'
import report from '../../benches/node/report/report.js'
import rounds from '../../cli/bench/rounds.js'
import { collectWarnings } from './clients'
import { people } from './people'
import { dim, fit, green, heading } from './terminal'

const BAR_WIDTH = 40

/** Clients with the same definitions loaded. */
export interface Pair {
  native: StockPostHog
  stock: StockPostHog
}

interface Task {
  title: string
  pair: Pair
  call(client: StockPostHog, distinctId: string): Promise<unknown>
}

type Context = NonNullable<Parameters<StockPostHog['getAllFlags']>[1]>

/** Asserts that the clients agree on each task, times them and draws a bar for each. */
export async function compareSpeed(pairs: { project: Pair & { flags: number }; hundred: Pair }): Promise<void> {
  const person = people[0]!.context
  const tasks: Task[] = [
    {
      title: 'getFeatureFlag, one 50 % rollout',
      pair: pairs.project,
      call: (client, distinctId) => getFeatureFlag(client, 'beta-search', distinctId, person),
    },
    {
      title: `getAllFlags, the ${pairs.project.flags} flags above`,
      pair: pairs.project,
      call: (client, distinctId) => getAllFlags(client, distinctId, person),
    },
    {
      title: 'getAllFlags, 100 mixed flags',
      pair: pairs.hundred,
      call: (client, distinctId) => getAllFlags(client, distinctId, mixed.about),
    },
  ]

  const warnings: string[] = []
  heading('Speed through the client, median of alternating rounds')
  for (const { title, pair, call } of tasks) {
    await collectWarnings(warnings, () => assertAgreement({ title, pair, call }))
    const [native, stock] = await rounds.timeInTurns([
      { name: 'posthog-node-native', call: (turn) => call(pair.native, idOf(turn)) },
      { name: 'posthog-node', call: (turn) => call(pair.stock, idOf(turn)) },
    ])
    const slower = Math.max(native!.ns, stock!.ns)
    console.log(`${title}: ${green(`${report.ratio(stock!.ns / native!.ns)} as fast`)}`)
    for (const { name, ns } of [native!, stock!]) {
      const columns = [name.padEnd(20), report.duration(ns).padStart(8), report.rate(ns).padStart(12)]
      console.log(`  ${columns.join(' ')}  ${report.bar(ns / slower, BAR_WIDTH)}`)
    }
  }
  for (const warning of warnings) {
    console.log(dim(fit(`As in posthog-node, warned once: ${warning}`, 100)))
  }
  console.log(dim(`Shorter is better. ${report.machine()}; more with: npm run bench`))
}

async function assertAgreement({ title, pair, call }: Task): Promise<void> {
  for (const distinctId of mixed.distinctIds.slice(0, 100)) {
    const expected = await call(pair.stock, distinctId)
    deepStrictEqual(await call(pair.native, distinctId), expected, `${title}: ${distinctId}`)
  }
}

async function getFeatureFlag(
  client: StockPostHog,
  key: string,
  distinctId: string,
  { personProperties, groups, groupProperties }: Context
): Promise<unknown> {
  // A literal, as callers write it: a spread in this place costs both contenders several times what a flag does.
  return client.getFeatureFlag(key, distinctId, {
    personProperties,
    groups,
    groupProperties,
    onlyEvaluateLocally: true,
    sendFeatureFlagEvents: false,
  })
}

async function getAllFlags(
  client: StockPostHog,
  distinctId: string,
  { personProperties, groups, groupProperties }: Context
): Promise<unknown> {
  return client.getAllFlags(distinctId, { personProperties, groups, groupProperties, onlyEvaluateLocally: true })
}

function idOf(turn: number): string {
  return mixed.distinctIds[turn % mixed.distinctIds.length]!
}
