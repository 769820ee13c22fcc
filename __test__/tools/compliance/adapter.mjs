// Puts a client of posthog-node, or of this package, behind the HTTP protocol of PostHog's SDK test harness
// (github.com/PostHog/posthog-sdk-test-harness), which tells it what to do and watches what it sends.
//
//   node __test__/tools/compliance/adapter.mjs --package posthog-node --port 8080
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import { createRequire } from 'node:module'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'

const require = createRequire(import.meta.url)
const { values } = parseArgs({
  options: {
    package: { type: 'string', default: 'posthog-node-native' },
    port: { type: 'string', default: '0' },
  },
})
const isOurs = values.package === 'posthog-node-native'
const { PostHog } = require(isOurs ? '../../..' : values.package)

/** What of the harness's contract a posthog-node can be held to; it speaks one capture protocol per process. */
const CAPABILITIES = [
  process.env.POSTHOG_CAPTURE_MODE === 'v1' ? 'capture_v1' : 'capture_v0',
  'encoding_gzip',
  'feature_flags_local_evaluation_v1',
]
/** How the harness's options of an event are said to posthog-node. */
const EVENT_OPTIONS = {
  cookieless_mode: '$cookieless_mode',
  disable_skew_correction: '$ignore_sent_at',
  process_person_profile: '$process_person_profile',
  product_tour_id: '$product_tour_id',
}
const DEFAULT_RELOAD_MS = 5000

/** One client, and what it has sent. */
class Session {
  captured = 0
  sent = 0
  /** @type {string | null} */
  lastError = null
  /** @type {object[]} */
  requests = []
  /** @type {Map<string, number>} how often each batch, known by its first event, was tried */
  attempts = new Map()

  /** @param {any} config as the harness gives it */
  constructor(config) {
    this.client = new PostHog(config.api_key, {
      host: config.host,
      flushAt: config.flush_at ?? 2,
      flushInterval: config.flush_interval_ms ?? 100,
      fetchRetryCount: config.max_retries ?? 3,
      disableCompression: config.enable_compression === undefined ? undefined : !config.enable_compression,
      disableGeoip: config.disable_geoip ?? false,
      historicalMigration: config.historical_migration,
      secretKey: config.personal_api_key,
      // The harness says when to load.
      featureFlagsPollingInterval: null,
      fetch: (/** @type {string} */ url, /** @type {any} */ options) => this.fetch(url, options),
    })
  }

  /**
   * Requests, and remembers those that carry events.
   *
   * @param {string} url
   * @param {any} options
   */
  async fetch(url, options) {
    const response = await fetch(url, options)
    const events = eventsOf(options?.body)
    const [first] = events
    if (first !== undefined) {
      const attempt = this.attempts.get(first.uuid) ?? 0
      this.attempts.set(first.uuid, attempt + 1)
      this.sent += response.status === 200 ? events.length : 0
      this.requests.push({
        timestamp_ms: Date.now(),
        status_code: response.status,
        retry_attempt: attempt,
        event_count: events.length,
        uuid_list: events.map(({ uuid }) => uuid),
      })
    }
    return response
  }

  /** Ends the client; what it has not sent belongs to a test that is over. */
  async discard() {
    for (const queue of ['queue', 'ai_queue']) {
      this.client.setPersistedProperty(queue, [])
    }
    await this.client.shutdown(1).catch(() => {})
  }

  get state() {
    return {
      pending_events: Math.max(0, this.captured - this.sent),
      total_events_captured: this.captured,
      total_events_sent: this.sent,
      total_retries: this.requests.filter(({ retry_attempt: attempt }) => attempt > 0).length,
      last_error: this.lastError,
      requests_made: this.requests,
    }
  }
}

/** @type {Session | undefined} */
let session

/** @type {Record<string, (body: any) => unknown>} */
const ROUTES = {
  'GET /health': () => ({
    sdk_name: values.package,
    sdk_version: versionOf(values.package),
    adapter_version: '1.0.0',
    capabilities: CAPABILITIES,
  }),
  'POST /init': async (config) => {
    await session?.discard()
    session = new Session(config)
    return { success: true }
  },
  'POST /capture': ({ distinct_id: distinctId, event, properties, timestamp, options = {} }) => {
    const { client } = expectSession()
    const uuid = randomUUID()
    const translated = Object.entries(options).map(([name, value]) => [EVENT_OPTIONS[name] ?? name, value])
    client.capture({
      distinctId,
      event,
      properties: { ...properties, ...Object.fromEntries(translated) },
      timestamp: timestamp && new Date(timestamp),
      uuid,
    })
    expectSession().captured += 1
    return { success: true, uuid }
  },
  'POST /flush': async () => {
    const current = expectSession()
    const before = current.sent
    try {
      await current.client.flush()
      return { success: true, events_flushed: current.sent - before }
    } catch (error) {
      // Failures are what some tests are about; they look at the requests.
      current.lastError = String(error)
      return { success: false, events_flushed: current.sent - before, error: current.lastError }
    }
  },
  'GET /state': () => expectSession().state,
  'POST /reset': async () => {
    await session?.discard()
    session = undefined
    return { success: true }
  },
  'POST /get_feature_flag': async (body) => {
    const { client } = expectSession()
    const value = await client.getFeatureFlag(body.key, body.distinct_id, {
      groups: body.groups,
      personProperties: body.person_properties,
      groupProperties: body.group_properties,
      disableGeoip: body.disable_geoip,
      onlyEvaluateLocally: body.only_evaluate_locally ?? body.force_remote === false,
    })
    // So that the event of this read does not reach the next test.
    await client.flush().catch(() => {})
    return { success: true, value }
  },
  'POST /reload_feature_flag_definitions': async ({ timeout_ms: timeoutMs = DEFAULT_RELOAD_MS }) => {
    const { client } = expectSession()
    const loaded = new Promise((resolve) => client.on('localEvaluationFlagsLoaded', resolve))
    await client.reloadFeatureFlags()
    let timer
    const late = new Promise((_resolve, reject) => {
      timer = setTimeout(reject, timeoutMs, new Error(`no definitions within ${timeoutMs} ms`))
    })
    await Promise.race([loaded, late]).finally(() => clearTimeout(timer))
    return { success: true, ready: client.isLocalEvaluationReady() }
  },
}

function expectSession() {
  if (session === undefined) {
    throw new Error('expected /init before this')
  }
  return session
}

/** @param {string} name */
function versionOf(name) {
  const file = isOurs
    ? new URL('../../../package.json', import.meta.url)
    : new URL(`../../../node_modules/${name}/package.json`, import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')).version
}

/**
 * The events in the body of a request, which may be text or compressed.
 *
 * @param {unknown} body
 * @returns {any[]}
 */
function eventsOf(body) {
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) {
    return []
  }
  try {
    const { batch = [] } = JSON.parse(typeof body === 'string' ? body : gunzipSync(body).toString())
    return batch
  } catch {
    return []
  }
}

const server = http.createServer(async (request, response) => {
  const chunks = []
  for await (const chunk of request) {
    chunks.push(chunk)
  }
  const answer = (/** @type {number} */ status, /** @type {unknown} */ body) => {
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
  }
  const { pathname } = new URL(request.url ?? '/', 'http://adapter')
  const route = ROUTES[`${request.method} ${pathname}`]
  if (route === undefined) {
    answer(404, { error: `no ${request.method} ${pathname}` })
    return
  }
  try {
    answer(200, await route(chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : {}))
  } catch (error) {
    answer(500, { error: String(error) })
  }
})
server.listen(Number(values.port), '127.0.0.1')
await once(server, 'listening')
console.log(JSON.stringify(server.address()))
