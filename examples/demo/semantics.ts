// What `semantics: 'server'` changes: flags that need no network any more, and answers that are others.
import type { PostHog as StockPostHog } from 'posthog-node'
import type { Outcome } from './outcomes'
import { evaluateFor, showValue } from './outcomes'
import { people } from './people'
import { cyan, dim, green, heading, table, yellow } from './terminal'

/** Evaluates for everyone as PostHog's server would, and shows where that differs from `answers`, which are posthog-node's. */
export async function showSemantics(client: StockPostHog, keys: string[], answers: Outcome[][]): Promise<void> {
  const asServer: Outcome[][] = []
  for (const person of people) {
    asServer.push(await evaluateFor(client, person, keys))
  }
  const flags = keys.map((key, index) => ({
    key,
    ofPosthogNode: answers.map((outcomes) => outcomes[index]!),
    ofServer: asServer.map((outcomes) => outcomes[index]!),
  }))

  heading("With native: { semantics: 'server' } these flags need no network any more")
  table<(typeof flags)[number]>(
    [
      { title: 'flag', width: 20, text: ({ key }) => key, paint: cyan },
      ...people.map(({ name }, column) => ({
        title: name,
        width: 14,
        text: ({ ofServer }: { ofServer: Outcome[] }) => showValue(ofServer[column]!),
        paint: green,
      })),
    ],
    flags.filter(
      ({ ofPosthogNode, ofServer }) => countOpen([ofPosthogNode]) === people.length && countOpen([ofServer]) === 0
    )
  )
  const [before, after] = [countOpen(answers), countOpen(asServer)]
  console.log(
    `Left to the network: ${before} of ${answers.flat().length} answers by posthog-node's semantics, ${after} by the server's.`
  )
  console.log(dim('Each of these people has no properties but those that are given: propertiesAreComplete: true.'))

  for (const { key, ofPosthogNode, ofServer } of flags) {
    const changes = people.flatMap(({ name }, column) => {
      const [earlier, now] = [ofPosthogNode[column]!.value, ofServer[column]!.value]
      return earlier === undefined || now === undefined || earlier === now ? [] : [`${name} ${earlier} → ${now}`]
    })
    if (changes.length > 0) {
      console.log(yellow(`Another answer: ${key} for ${changes.join(', ')}`))
    }
  }
}

function countOpen(answers: Outcome[][]): number {
  return answers.flat().filter(({ unresolved }) => unresolved !== undefined).length
}
