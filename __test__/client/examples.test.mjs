// The examples of metrics and of OpenFeature, run as a program runs them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider } from '@opentelemetry/sdk-metrics'
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { OpenFeature } from '@openfeature/server-sdk'
import { PostHog } from 'posthog-node-native'
import { testClient } from 'posthog-node-native/testing'
import { Registry } from 'prom-client'
import { tsImport } from 'tsx/esm/api'

import { DefinitionsServer } from '../support/definitions-server.js'
import { flag } from '../support/observe.js'

const { exportToPrometheus } = await tsImport('../../examples/metrics/prometheus.ts', import.meta.url)
const { exportToOpenTelemetry } = await tsImport('../../examples/metrics/opentelemetry.ts', import.meta.url)
const { Shop } = await tsImport('../../examples/openfeature.ts', import.meta.url)

const DOCUMENT = JSON.stringify({
  flags: [
    flag('on'),
    flag('asks', { filters: { groups: [{ properties: [{ key: 'plan', value: 'pro', operator: 'exact' }] }] } }),
  ],
})

/**
 * A client that loads twice, fails once and evaluates a few flags.
 *
 * @param {import('node:test').TestContext} t
 */
async function openClient(t) {
  const server = await DefinitionsServer.start()
  server.setDefinitions(DOCUMENT, { etag: '"1"' })
  const posthog = new PostHog('phc_project', {
    host: server.url,
    secretKey: 'phs_secret_of_a_test',
    featureFlagsPollingInterval: null,
    strictLocalEvaluation: true,
  })
  t.after(async () => {
    await posthog.shutdown()
    await server.close()
  })
  posthog.on('error', () => {})
  const use = async () => {
    await posthog.reloadFeatureFlags()
    await posthog.reloadFeatureFlags()
    server.script({ status: 401 })
    await posthog.reloadFeatureFlags()
    await posthog.evaluateFlags('kari')
    await posthog.evaluateFlags('kari', { flagKeys: ['on', 'asks'], personProperties: { plan: 'pro' } })
  }
  return { posthog, use }
}

test('the example for Prometheus exports what a client did', async (t) => {
  const { posthog, use } = await openClient(t)
  const registry = new Registry()
  const end = exportToPrometheus(posthog, registry)
  await use()
  for (let round = 0; round < 2; round++) {
    const text = await registry.metrics()
    for (const line of [
      'posthog_local_evaluation_state{state="ready"} 1',
      'posthog_local_evaluation_state{state="stale"} 0',
      'posthog_flags 2',
      'posthog_definition_loads_total{outcome="changed"} 1',
      'posthog_definition_loads_total{outcome="unchanged"} 1',
      'posthog_definition_loads_total{outcome="failed"} 1',
      'posthog_flag_evaluations_total{result="local"} 3',
      'posthog_flag_evaluations_total{result="missing_context"} 1',
      `posthog_definition_bytes_sum ${DOCUMENT.length}`,
      'posthog_flag_errors_total 1',
      'posthog_unresolved_flags_total{key="asks",reason="missing_context"} 1',
    ]) {
      assert.ok(text.split('\n').includes(line), `${line}\n${text}`)
    }
  }
  end()
  await posthog.evaluateFlags('kari')
  assert.match(await registry.metrics(), /posthog_unresolved_flags_total\{.*\} 1\n/)
})

test('the example for OpenTelemetry exports what a client did', async (t) => {
  const { posthog, use } = await openClient(t)
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 })
  const provider = new MeterProvider({ readers: [reader] })
  t.after(() => provider.shutdown())
  const end = exportToOpenTelemetry(posthog, provider.getMeter('test'))
  await use()
  await reader.forceFlush()
  end()
  const points = exporter
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
    .flatMap(({ descriptor: { name }, dataPoints }) =>
      dataPoints.map(({ value, attributes }) => [name, ...Object.values(attributes), value?.sum ?? value].join(' '))
    )
  for (const point of [
    'posthog.local_evaluation.state ready 1',
    'posthog.flags 2',
    'posthog.definitions.loads changed 1',
    'posthog.definitions.loads failed 1',
    'posthog.flag.evaluations local 3',
    'posthog.flag.evaluations missing_context 1',
    `posthog.definitions.size ${DOCUMENT.length}`,
    'posthog.flag.errors 1',
    'posthog.flag.unresolved asks missing_context 1',
  ]) {
    assert.ok(points.includes(point), `${point}\n${points.join('\n')}`)
  }
})

test('the example for OpenFeature works a layout out anew when its flag has changed', async (t) => {
  const posthog = testClient({ 'shop-layout': 'wide', other: true })
  t.after(async () => {
    await OpenFeature.close()
    await posthog.shutdown()
  })
  const shop = await Shop.open(posthog)
  const visitor = { id: 'kari', plan: 'pro', company: 'acme' }
  const layout = shop.layoutFor(visitor)
  assert.equal(await layout, 'wide')
  await posthog.setFlags({ 'shop-layout': 'wide', other: false })
  assert.equal(shop.layoutFor(visitor), layout)
  await posthog.setFlags({ 'shop-layout': 'narrow', other: false })
  assert.equal(await shop.layoutFor(visitor), 'narrow')
})
