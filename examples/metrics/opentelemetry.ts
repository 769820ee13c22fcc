// What a client knows of its flags as metrics of OpenTelemetry: numbers of its status when they are asked for, and what happens
// in between from the diagnostics channels.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { BatchObservableCallback, Meter } from '@opentelemetry/api'
import type { DiagnosticsChannels, PostHog } from 'posthog-node-native'

/**
 * Adds the metrics of a client to a meter.
 *
 * @returns a function that ends it
 */
export function exportToOpenTelemetry(posthog: PostHog, meter: Meter): () => void {
  const state = meter.createObservableGauge('posthog.local_evaluation.state', {
    description: '1 for the state that local evaluation is in',
  })
  const flags = meter.createObservableGauge('posthog.flags', { description: 'Flags that are defined' })
  const age = meter.createObservableGauge('posthog.definitions.age', {
    description: 'Time since the definitions were last known to be current',
    unit: 's',
  })
  const loads = meter.createObservableCounter('posthog.definitions.loads', {
    description: 'Loads of definitions, by how they ended',
  })
  const evaluations = meter.createObservableCounter('posthog.flag.evaluations', {
    description: 'Flags that were evaluated locally, or why they could not be',
  })
  const observed = [state, flags, age, loads, evaluations]
  const observe: BatchObservableCallback = (result) => {
    const status = posthog.localEvaluationStatus()
    result.observe(state, 1, { state: status.state })
    result.observe(flags, status.flags)
    if (status.confirmedAt !== undefined) result.observe(age, (Date.now() - status.confirmedAt) / 1000)
    const { changed, unchanged, failed } = status.loads
    for (const [outcome, count] of Object.entries({ changed, unchanged, failed })) {
      result.observe(loads, count, { outcome })
    }
    const { local, unresolved } = status.evaluations
    for (const [outcome, count] of Object.entries({ local, ...unresolved })) {
      result.observe(evaluations, count, { result: outcome })
    }
  }
  meter.addBatchObservableCallback(observe, observed)

  const bytes = meter.createHistogram('posthog.definitions.size', {
    description: 'Size of the definitions that were received',
    unit: 'By',
  })
  const errors = meter.createCounter('posthog.flag.errors', { description: 'Error events about flags' })
  const unresolvedFlags = meter.createCounter('posthog.flag.unresolved', {
    description: 'Flags that were left to PostHog, or without a value',
  })
  const ends = [
    listen(posthog, 'posthog-node-native:load', (load) => {
      if (load.bytes > 0) bytes.record(load.bytes)
    }),
    listen(posthog, 'posthog-node-native:error', () => errors.add(1)),
    listen(posthog, 'posthog-node-native:unresolved', ({ key, reason }) => {
      unresolvedFlags.add(1, { 'feature_flag.key': key, reason })
    }),
  ]
  return () => {
    meter.removeBatchObservableCallback(observe, observed)
    ends.forEach((end) => end())
  }
}

/** Listens to what is published of one client on a channel. */
function listen<Name extends keyof DiagnosticsChannels>(
  posthog: PostHog,
  name: Name,
  listener: (message: DiagnosticsChannels[Name]) => void
): () => void {
  const receive = (message: unknown) => {
    const typed = message as DiagnosticsChannels[Name]
    if (typed.client === posthog) listener(typed)
  }
  subscribe(name, receive)
  return () => void unsubscribe(name, receive)
}
