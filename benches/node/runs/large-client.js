'use strict'

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const path = require('node:path')
const { OPTIONS, providerOf } = require('../contenders.js')
const { MARKER, largeDefinitions } = require('../definitions/large-definitions.js')

/**
 * One client in this process that loads a large document again and again.
 *
 * @typedef {'http' | 'text' | 'bytes'} Source where the documents come from
 *
 * @typedef {object} LargeClient
 * @property {import('posthog-node').PostHog} client
 * @property {() => Promise<void>} reload loads the other document and asserts that it is in use
 * @property {() => Promise<void>} close
 */

/**
 * @param {string} contender the package
 * @param {Source} source
 * @param {number} megabytes
 * @returns {Promise<LargeClient>} once the first document is loaded
 */
async function createLargeClient(contender, source, megabytes) {
  const { PostHog } = require(contender)
  const { options, close } = source === 'http' ? await fromHttp(megabytes) : fromProvider(contender, source, megabytes)
  const client = new PostHog('phc_bench', { ...OPTIONS, requestTimeout: 60_000, ...options })
  assert.ok(await client.waitForLocalEvaluationReady(60_000), `${contender} did not load ${megabytes} MB`)
  let loads = 1
  const assertLoaded = async () => {
    const expected = loads % 2 === 1 ? 'a' : 'b'
    const marker = await client.getFeatureFlag(MARKER, 'user-1', {
      onlyEvaluateLocally: true,
      sendFeatureFlagEvents: false,
    })
    assert.equal(marker, expected, `${contender} did not take load ${loads} from ${source}`)
  }
  await assertLoaded()
  return {
    client,
    async reload() {
      loads++
      await client.reloadFeatureFlags()
      await assertLoaded()
    },
    async close() {
      await client.shutdown()
      close()
    },
  }
}

/** @param {number} megabytes */
async function fromHttp(megabytes) {
  const host = path.join(__dirname, '../definitions/host.js')
  const server = spawn(process.execPath, [host, String(megabytes)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [port] = await once(server.stdout.setEncoding('utf8'), 'data')
  return {
    options: { host: `http://127.0.0.1:${port.trim()}`, secretKey: 'phs_bench' },
    close: () => server.stdin.end(),
  }
}

/**
 * posthog-node takes objects from a provider, so that there the provider has to parse; ours may return what is stored.
 *
 * @param {string} contender
 * @param {Source} source
 * @param {number} megabytes
 */
function fromProvider(contender, source, megabytes) {
  const texts = largeDefinitions(megabytes)
  const stored = source === 'bytes' ? texts.map((text) => Buffer.from(text)) : texts
  let reads = 0
  const read = () => stored[reads++ % 2]
  const provider = providerOf(contender === 'posthog-node' ? () => JSON.parse(String(read())) : read)
  return { options: { flagDefinitionCacheProvider: provider }, close() {} }
}

module.exports = { createLargeClient }
