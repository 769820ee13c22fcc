import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const { DefinitionsServer } = require('../../support/definitions-server.js')

const ADAPTER = fileURLToPath(new URL('./adapter.mjs', import.meta.url))

/**
 * The adapter with a package behind it, and a stand-in for PostHog.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} name of the package
 */
async function start(t, name) {
  const server = await DefinitionsServer.start()
  const child = spawn(process.execPath, [ADAPTER, '--package', name], { stdio: ['ignore', 'pipe', 'ignore'] })
  t.after(async () => {
    child.kill()
    await server.close()
  })
  const [line] = await once(child.stdout, 'data')
  const { port } = JSON.parse(String(line))
  const ask = async (/** @type {string} */ route, /** @type {object} */ body = {}) => {
    const [method, pathname] = route.split(' ')
    const response = await fetch(`http://127.0.0.1:${port}${pathname}`, {
      method,
      body: method === 'POST' ? JSON.stringify(body) : undefined,
    })
    return { status: response.status, ...(await response.json()) }
  }
  return { server, ask }
}

for (const name of ['posthog-node-native', 'posthog-node']) {
  describe(`the adapter for PostHog's test harness, with ${name}`, () => {
    test('says what it is and can do', async (t) => {
      const { ask } = await start(t, name)
      const health = await ask('GET /health')
      assert.equal(health.sdk_name, name)
      assert.ok(health.capabilities.includes('feature_flags_local_evaluation_v1'))
      assert.equal((await ask('GET /nothing')).status, 404)
      assert.match((await ask('POST /flush')).error, /expected \/init/)
    })

    test('sends events and says what it sent', async (t) => {
      const { server, ask } = await start(t, name)
      await ask('POST /init', { api_key: 'phc_project', host: server.url, flush_at: 100, flush_interval_ms: 60_000 })
      const { uuid } = await ask('POST /capture', {
        distinct_id: 'a',
        event: 'one',
        options: { cookieless_mode: true },
      })
      assert.equal((await ask('GET /state')).pending_events, 1)
      const { success, events_flushed: flushed } = await ask('POST /flush')
      assert.deepEqual({ success, flushed }, { success: true, flushed: 1 })
      const [event] = server.events
      assert.deepEqual([event.uuid, event.properties.$cookieless_mode], [uuid, true])
      const state = await ask('GET /state')
      assert.deepEqual(state.requests_made[0].uuid_list, [uuid])
      assert.deepEqual([state.pending_events, state.total_events_sent, state.total_retries], [0, 1, 0])
    })

    test('asks the server, or answers from definitions that were loaded anew', async (t) => {
      const { server, ask } = await start(t, name)
      server.flagsResponse = { flags: { f: { key: 'f', enabled: true, variant: 'remote', reason: {}, metadata: {} } } }
      const properties = [{ key: 'value', value: false, operator: 'exact', type: 'person' }]
      const flags = [{ id: 1, key: 'f', active: true, filters: { groups: [{ properties, rollout_percentage: 100 }] } }]
      await ask('POST /init', { api_key: 'phc_project', host: server.url, personal_api_key: 'phx_key' })
      const local = { key: 'f', distinct_id: 'a', person_properties: { value: 'banana' }, only_evaluate_locally: true }
      // Unless the version is 2, a filter for `false` matches whatever is not true.
      for (const [version, expected] of [
        [1, true],
        [2, false],
        [undefined, true],
      ]) {
        server.setDefinitions({ flags, property_matching_version: version })
        assert.deepEqual(await ask('POST /reload_feature_flag_definitions'), {
          status: 200,
          success: true,
          ready: true,
        })
        assert.equal((await ask('POST /get_feature_flag', local)).value, expected)
      }
      assert.equal(
        (await ask('POST /get_feature_flag', { key: 'g', distinct_id: 'a', force_remote: false })).value,
        undefined
      )
      assert.equal(server.requests.filter(({ path }) => /^\/flags\/?$/.test(path)).length, 0)
      await ask('POST /reset')
      await ask('POST /init', { api_key: 'phc_project', host: server.url })
      assert.equal((await ask('POST /get_feature_flag', { key: 'f', distinct_id: 'a' })).value, 'remote')
    })
  })
}
