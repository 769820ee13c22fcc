// What one client answers for one person, and how the demo shows it.
import type { PostHog as StockPostHog } from 'posthog-node'
import type { Person } from './people'

/** One flag's outcome for one person. */
export interface Outcome {
  key: string
  value: string | boolean | undefined
  payload: unknown
  /** Why local evaluation could not resolve the flag; `undefined` if it did. */
  unresolved: string | undefined
}

/** Evaluates every flag for a person, locally only, in the order of `keys`. */
export async function evaluateFor(client: StockPostHog, person: Person, keys: string[]): Promise<Outcome[]> {
  const flags = await client.evaluateFlags(person.distinctId, { ...person.context, onlyEvaluateLocally: true })
  return keys.map((key) => ({
    key,
    value: flags.keys.includes(key) ? flags.getFlag(key) : undefined,
    payload: flags.getFlagPayload(key),
    unresolved: flags.unresolvedFlags[key],
  }))
}

/** The value as a table shows it; nothing for a flag that has none here. */
export function showValue({ value }: Outcome): string {
  return value === undefined ? '–' : String(value)
}

/** The payload as JSON. */
export function showPayload({ payload }: Outcome): string {
  return payload == null ? '' : JSON.stringify(payload)
}

/** Where the flag is decided and, if not here, why. */
export function showWhere({ value, unresolved }: Outcome): string {
  if (unresolved !== undefined) {
    return `server (${unresolved})`
  }
  return value === undefined ? 'left out' : 'local'
}
