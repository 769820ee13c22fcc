'use strict'

// A worker thread with clients, which tells its parent when the moment to be terminated at has come.
const { parentPort, workerData } = require('node:worker_threads')

const { moment, host, addon } = workerData

// Node leaves about 30 KB behind in each thread that loads its own `fetch`, as posthog-node does on the first event or
// answer. Here it must not be loaded, so that what remains in memory is what was left behind by this package.
for (const name of ['fetch', 'Request', 'Response', 'Headers']) {
  Object.defineProperty(globalThis, name, { value: class {} })
}
const { PostHog } = require('../../..')

const tell = () => parentPort.postMessage(moment)
const never = () => new Promise(() => {})
const atNever = () => {
  tell()
  return never()
}
const provider = {
  shouldFetchFlagDefinitions: () => true,
  getFlagDefinitions: () => undefined,
  onFlagDefinitionsReceived: () => undefined,
  shutdown: () => undefined,
}
const fetch = async () => ({ status: 200, headers: new Map(), json: async () => ({ flags: [] }) })

/** @param {{ fetch?: unknown, [name: string]: unknown }} [options] */
function create(options = {}) {
  // By default a `fetch` that is not Node's own would make the requests.
  const native = options.fetch === undefined ? { transport: 'native' } : {}
  const usual = { host, secretKey: 'phs_secret', featureFlagsPollingInterval: 100, native }
  return new PostHog('phc_project', { ...usual, ...options })
}

const MOMENTS = {
  /** What the others are compared with. Newer versions of Node leave a little behind in each thread that loads any addon. */
  'having no client'() {
    require(addon)
    tell()
  },
  /** The server is told to hang for this key. */
  loading() {
    create({ secretKey: 'phs_hang' })
    setImmediate(tell)
  },
  'loading through a fetch': () => void create({ fetch: atNever }),
  'asking the provider': () =>
    void create({ flagDefinitionCacheProvider: { ...provider, shouldFetchFlagDefinitions: atNever } }),
  'reading from the provider': () =>
    void create({
      flagDefinitionCacheProvider: {
        ...provider,
        shouldFetchFlagDefinitions: () => false,
        getFlagDefinitions: atNever,
      },
    }),
  'storing with the provider': () =>
    void create({ flagDefinitionCacheProvider: { ...provider, onFlagDefinitionsReceived: atNever } }),
  async evaluating() {
    const client = create()
    await client.waitForLocalEvaluationReady()
    tell()
    for (;;) client.localEvaluator.getAllFlags('somebody', { personProperties: { plan: 'free' } })
  },
  async 'shutting down'() {
    const client = create({ flagDefinitionCacheProvider: { ...provider, shutdown: atNever } })
    await client.waitForLocalEvaluationReady()
    client.shutdown()
  },
  /** Ended by itself. */
  async 'being done'() {
    const client = create({ flagDefinitionCacheProvider: provider })
    await client.waitForLocalEvaluationReady()
    await client.shutdown()
  },
  /** Whatever it has come to. */
  anything() {
    create()
    create({ flagDefinitionCacheProvider: provider })
    create({ fetch })
    tell()
  },
}

MOMENTS[moment]()
