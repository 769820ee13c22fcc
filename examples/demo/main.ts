// `npm run demo`: flags of a realistic project evaluated by this package and by posthog-node, answers and speed compared.
import { deepStrictEqual } from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { PostHog as StockPostHog } from 'posthog-node'
import mixed from '../../benches/node/definitions/mixed-definitions.js'
import type { LoadedClient } from './clients'
import { createNativeClient, createServerSemanticsClient, createStockClient, load, openCache } from './clients'
import type { Outcome } from './outcomes'
import { evaluateFor, showPayload, showValue, showWhere } from './outcomes'
import { people } from './people'
import type { Project } from './posthog-server'
import { PostHogServer } from './posthog-server'
import { showSemantics } from './semantics'
import { compareSpeed } from './speed'
import { bold, cyan, dim, fit, green, heading, red, table, yellow } from './terminal'

interface FlagDefinition {
  key: string
  name: string
}

async function main(): Promise<void> {
  const shop: Project = {
    token: 'phc_demo',
    secretKey: 'phs_demo',
    definitions: await readFile(path.join(__dirname, '..', 'project-definitions.json'), 'utf8'),
  }
  const hundred: Project = {
    token: 'phc_hundred',
    secretKey: 'phs_hundred',
    definitions: JSON.stringify(mixed.mixedDefinitions(100)),
  }
  const definitions: FlagDefinition[] = JSON.parse(shop.definitions).flags

  // What was opened is closed in reverse, also when the demo fails half-way: nothing may keep the process alive.
  const closers: (() => Promise<void>)[] = []
  const started = async (create: () => StockPostHog): Promise<LoadedClient> => {
    const loading = load(create)
    closers.push(() => loading.client.shutdown())
    return loading.loaded
  }

  try {
    const server = new PostHogServer([shop, hundred])
    const host = await server.start()
    closers.push(() => server.stop())
    const directory = await mkdtemp(path.join(tmpdir(), 'posthog-node-native-demo-'))
    closers.push(() => rm(directory, { recursive: true }))
    const cache = await openCache(directory)
    closers.push(() => cache.close())

    const native = await started(() => createNativeClient(host, shop, cache.options))
    console.log(`posthog-node-native: ${definitions.length} flags from a PostHog stand-in at ${host}`)
    console.log(`Cache: ${cache.description}`)

    const answers = await showAnswers(native.client, definitions)
    const events = await flagCalls(native.client, server, shop)
    const stock = await started(() => createStockClient(host, shop))
    await assertAgreement(native, stock, definitions, answers)
    deepStrictEqual(events, await flagCalls(stock.client, server, shop), 'the clients captured different events')
    showAgreement(stock.client, answers, events, native.reports)
    const asServer = await started(() => createServerSemanticsClient(host, shop))
    const keys = definitions.map(({ key }) => key)
    await showSemantics(asServer.client, keys, answers)

    const nativeHundred = await started(() => createNativeClient(host, hundred))
    const stockHundred = await started(() => createStockClient(host, hundred))
    await compareSpeed({
      project: { native: native.client, stock: stock.client, flags: definitions.length },
      hundred: { native: nativeHundred.client, stock: stockHundred.client },
    })
  } finally {
    for (const close of closers.reverse()) {
      await close()
    }
  }
}

/** Evaluates for everyone through one client and shows what came out. */
async function showAnswers(client: StockPostHog, definitions: FlagDefinition[]): Promise<Outcome[][]> {
  const keys = definitions.map(({ key }) => key)
  const answers: Outcome[][] = []
  for (const person of people) {
    answers.push(await evaluateFor(client, person, keys))
  }

  const [first] = people
  heading(`Every flag for ${first!.name} (${first!.distinctId})`)
  table<{ flag: FlagDefinition; outcome: Outcome }>(
    [
      { title: 'flag', width: 20, text: ({ flag }) => flag.key, paint: cyan },
      { title: 'value', width: 10, text: ({ outcome }) => showValue(outcome), paint: paintValue },
      { title: 'payload', width: 21, text: ({ outcome }) => showPayload(outcome) },
      {
        title: 'evaluated, what decides',
        width: 46,
        text: ({ flag, outcome }) => `${showWhere(outcome)}: ${flag.name}`,
        paint: paintWhere,
      },
    ],
    definitions.map((flag, index) => ({ flag, outcome: answers[0]![index]! }))
  )

  heading(`The same flags for all ${people.length}`)
  table<{ flag: FlagDefinition; index: number }>(
    [
      { title: 'flag', width: 20, text: ({ flag }) => flag.key, paint: cyan },
      ...people.map(({ name }, column) => ({
        title: name,
        width: 14,
        text: ({ index }: { index: number }) => showShort(answers[column]![index]!),
        paint: (text: string, { index }: { index: number }) => paintValue(text, { outcome: answers[column]![index]! }),
      })),
    ],
    definitions.map((flag, index) => ({ flag, index }))
  )
  console.log(dim('→ only the server can decide: for the definition, a flag it depends on, or want of a property.'))
  return answers
}

/** The `$feature_flag_called` events that reached the server from this client, in a fixed order. */
async function flagCalls(client: StockPostHog, server: PostHogServer, project: Project): Promise<string[]> {
  await client.flush()
  return server
    .takeEvents(project.token)
    .map(({ event, distinct_id, properties }) =>
      JSON.stringify([event, distinct_id, properties.$feature_flag, properties.$feature_flag_response])
    )
    .sort()
}

/** Evaluates the same with posthog-node's own client; throws at the first difference. */
async function assertAgreement(
  native: LoadedClient,
  stock: LoadedClient,
  definitions: FlagDefinition[],
  answers: Outcome[][]
): Promise<void> {
  const keys = definitions.map(({ key }) => key)
  for (const [index, person] of people.entries()) {
    const expected = await evaluateFor(stock.client, person, keys)
    deepStrictEqual(answers[index], expected, `the clients disagree about ${person.name}`)
  }
  deepStrictEqual(native.reports, stock.reports, 'the clients report different warnings')
}

function showAgreement(stock: StockPostHog, answers: Outcome[][], events: string[], reports: string[]): void {
  const count = answers.flat().length
  heading(`posthog-node ${stock.getLibraryVersion()} on the same flags and people`)
  console.log(green(`✔ ${count} of ${count} answers agree: value, payload and reason`))
  console.log(green(`✔ the same ${events.length} $feature_flag_called events were captured`))
  console.log(green(`✔ the same ${reports.length} warnings when the definitions were loaded:`))
  for (const report of reports) {
    console.log(dim(`  ${fit(report, 98)}`))
  }
}

function showShort(outcome: Outcome): string {
  return outcome.unresolved === undefined ? showValue(outcome) : `→ ${SHORT_REASONS[outcome.unresolved]}`
}

const SHORT_REASONS: Record<string, string> = {
  experience_continuity: 'continuity',
  missing_context: 'property',
  unresolved_dependency: 'dependency',
  unsupported_definition: 'definition',
}

function paintValue(text: string, { outcome }: { outcome: Outcome }): string {
  if (outcome.value === undefined) {
    return yellow(text)
  }
  return outcome.value === false ? dim(text) : green(text)
}

function paintWhere(text: string, { outcome }: { outcome: Outcome }): string {
  return outcome.unresolved === undefined ? dim(text) : yellow(text)
}

main().catch((error: unknown) => {
  console.error(`\n${red(bold('The demo failed.'))}`)
  console.error(error)
  process.exitCode = 1
})
