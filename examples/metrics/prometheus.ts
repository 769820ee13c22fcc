// What a client knows of its flags as metrics of Prometheus: numbers of its status when they are asked for, and what happens in
// between from the diagnostics channels.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { DiagnosticsChannels, PostHog } from 'posthog-node-native'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

const STATES = ['loading', 'ready', 'stale', 'empty', 'stopped'] as const

/**
 * Adds the metrics of a client to a registry.
 *
 * @returns a function that ends it
 */
export function exportToPrometheus(posthog: PostHog, registry: Registry): () => void {
  const registers = [registry]
  const status = () => posthog.localEvaluationStatus()

  new Gauge({
    name: 'posthog_local_evaluation_state',
    help: '1 for the state that local evaluation is in',
    labelNames: ['state'],
    registers,
    collect() {
      const now = status().state
      for (const state of STATES) this.set({ state }, Number(state === now))
    },
  })
  new Gauge({
    name: 'posthog_flags',
    help: 'Flags that are defined',
    registers,
    collect() {
      this.set(status().flags)
    },
  })
  new Gauge({
    name: 'posthog_definitions_age_seconds',
    help: 'Time since the definitions were last known to be current',
    registers,
    collect() {
      const { confirmedAt } = status()
      if (confirmedAt !== undefined) this.set((Date.now() - confirmedAt) / 1000)
    },
  })
  new Counter({
    name: 'posthog_definition_loads_total',
    help: 'Loads of definitions, by how they ended',
    labelNames: ['outcome'],
    registers,
    collect() {
      const { changed, unchanged, failed } = status().loads
      this.reset()
      for (const [outcome, count] of Object.entries({ changed, unchanged, failed })) this.inc({ outcome }, count)
    },
  })
  new Counter({
    name: 'posthog_flag_evaluations_total',
    help: 'Flags that were evaluated locally, or why they could not be',
    labelNames: ['result'],
    registers,
    collect() {
      const { local, unresolved } = status().evaluations
      this.reset()
      for (const [result, count] of Object.entries({ local, ...unresolved })) this.inc({ result }, count)
    },
  })

  const bytes = new Histogram({
    name: 'posthog_definition_bytes',
    help: 'Size of the definitions that were received',
    buckets: [1e4, 1e5, 1e6, 1e7, 1e8],
    registers,
  })
  const errors = new Counter({ name: 'posthog_flag_errors_total', help: 'Error events about flags', registers })
  const unresolved = new Counter({
    name: 'posthog_unresolved_flags_total',
    help: 'Flags that were left to PostHog, or without a value',
    labelNames: ['key', 'reason'],
    registers,
  })
  return listen(posthog, {
    'posthog-node-native:load': (load) => {
      if (load.bytes > 0) bytes.observe(load.bytes)
    },
    'posthog-node-native:error': () => errors.inc(),
    'posthog-node-native:unresolved': ({ key, reason }) => unresolved.inc({ key, reason }),
  })
}

type Listeners = { [Name in keyof DiagnosticsChannels]: (message: DiagnosticsChannels[Name]) => void }

/** Listens to what is published of one client. */
function listen(posthog: PostHog, listeners: Listeners): () => void {
  const subscriptions = Object.entries(listeners).map(([name, listener]) => {
    const receive = (message: unknown) => {
      if ((message as { client: PostHog }).client === posthog) listener(message as never)
    }
    subscribe(name, receive)
    return () => void unsubscribe(name, receive)
  })
  return () => subscriptions.forEach((end) => end())
}
