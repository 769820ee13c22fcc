'use strict'

// A worker thread with clients, which tells its parent when the moment to be terminated at has come.
const { parentPort, workerData } = require('node:worker_threads')

const { PostHog } = require('../../..')

const { moment, host } = workerData
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

/** @param {object} [options] */
function create(options) {
  return new PostHog('phc_project', { host, secretKey: 'phs_secret', featureFlagsPollingInterval: 100, ...options })
}

const MOMENTS = {
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
    create({ fetch: (...args) => fetch(...args) })
    tell()
  },
}

MOMENTS[moment]()
