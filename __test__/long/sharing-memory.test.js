'use strict'

// What many clients take that hold the same 20 MB of definitions, as a multiple of what one takes, in the same run. What the
// same threads and clients take with one flag is left out on both sides: it is V8's and posthog-node's.

const assert = require('node:assert/strict')
const { execFile } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')
const { promisify } = require('node:util')

const { DefinitionsServer } = require('../support/definitions-server')
const { flag } = require('../support/flags')

const SCRIPT = path.join(__dirname, '../process/support/sharing-clients.js')
const [WORKERS, CLIENTS] = [8, 3]

/** Some 20 MB of flags with conditions, variants and payloads that differ. */
function largeDefinitions() {
  const flags = Array.from({ length: 45_000 }, (_, id) => ({
    id,
    key: `flag-${id}`,
    name: `A flag that does ${id}`,
    active: true,
    version: 1,
    filters: {
      groups: [
        {
          properties: [
            { key: 'plan', value: ['pro', `team${id}`], operator: 'exact', type: 'person' },
            { key: 'email', value: `@x${id}.com`, operator: 'icontains', type: 'person' },
          ],
          rollout_percentage: 50,
        },
      ],
      multivariate: {
        variants: [
          { key: 'a', rollout_percentage: 50 },
          { key: 'b', rollout_percentage: 50 },
        ],
      },
      payloads: { a: `{"x":${id}}` },
    },
  }))
  return JSON.stringify({ flags, group_type_mapping: {}, cohorts: {} })
}

/** @param {DefinitionsServer} server @param {number} workers @param {number} clients @param {object} [options] */
async function measure(server, workers, clients, options = {}) {
  server.requests.length = 0
  const args = ['--expose-gc', SCRIPT, server.url, String(workers), String(clients), JSON.stringify(options)]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const { bytes, ready } = JSON.parse(stdout)
  assert.equal(ready, Math.max(workers, 1) * clients)
  return { bytes, requests: server.definitionRequests.length }
}

test(`${WORKERS} workers with ${CLIENTS} clients each share 20 MB of definitions`, { timeout: 300_000 }, async (t) => {
  const server = await DefinitionsServer.start()
  t.after(() => server.close())
  const shared = { native: { shared: true } }
  server.setDefinitions({ flags: [flag('flag-7')] }, { etag: '"small"' })
  const base = {
    one: await measure(server, 0, 1),
    many: await measure(server, WORKERS, CLIENTS),
    shared: await measure(server, WORKERS, CLIENTS, shared),
  }
  server.setDefinitions(largeDefinitions(), { etag: '"large"' })
  const one = (await measure(server, 0, 1)).bytes - base.one.bytes
  const many = (await measure(server, WORKERS, CLIENTS)).bytes - base.many.bytes
  const asked = await measure(server, WORKERS, CLIENTS, shared)
  const all = asked.bytes - base.shared.bytes
  const mb = (/** @type {number} */ bytes) => `${Math.round(bytes / 2 ** 20)} MiB`
  t.diagnostic(
    `one client ${mb(one)}; ${WORKERS * CLIENTS} clients ${mb(many)} (${(many / one).toFixed(2)} times), ` +
      `with native.shared ${mb(all)} (${(all / one).toFixed(2)} times), ${asked.requests} request`
  )
  t.diagnostic(`with one flag: ${mb(base.one.bytes)}, ${mb(base.many.bytes)}, ${mb(base.shared.bytes)}`)
  assert.equal(asked.requests, 1)
  assert.ok(many < 2 * one, `${many / one} times as much`)
  assert.ok(all < 1.3 * one, `${all / one} times as much with native.shared`)
})
