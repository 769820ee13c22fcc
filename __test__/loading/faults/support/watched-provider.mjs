// A client's cache provider, watched, and made to fail when it is told to.
import { setTimeout as sleep } from 'node:timers/promises'
import { definitionsOf, versionOfDocument } from './versions.mjs'

/** Returned in place of a document. */
const GARBAGE = [
  7,
  true,
  'not JSON',
  '{"flags":',
  {},
  [],
  { flags: null },
  { flags: 'none' },
  new Uint8Array([255, 0]),
  null,
]

/**
 * What is done to the next call of a method; hands back what the call settles with.
 *
 * @typedef {(call: () => Promise<any>, scene: import('./server-faults.mjs').Scene & { providerTimeoutMs: number }) => any} Meddling
 */

/** @type {Record<string, { method: string, meddle: Meddling }>} */
export const PROVIDER_FAULTS = {
  ...forEachMethod('throws', () => {
    throw new Error('planted')
  }),
  ...forEachMethod('rejects with nothing', () => Promise.reject()),
  ...forEachMethod('is slow, but in time', async (call, { random, providerTimeoutMs }) => {
    await sleep(random.below(providerTimeoutMs / 3))
    return call()
  }),
  ...forEachMethod('settles after its time is up', async (call, { random, providerTimeoutMs }) => {
    const result = await call()
    await sleep(providerTimeoutMs * (1.2 + random.next()))
    return result
  }),
  'getFlagDefinitions returns garbage': {
    method: 'getFlagDefinitions',
    meddle: (_call, { random }) => random.pick(GARBAGE),
  },
  'getFlagDefinitions returns an object that throws': {
    method: 'getFlagDefinitions',
    meddle: () => ({
      get flags() {
        throw new Error('planted')
      },
    }),
  },
  'getFlagDefinitions returns an object that is changed afterwards': {
    method: 'getFlagDefinitions',
    async meddle(call) {
      const document = await call()
      // Those that are read in several turns of the event loop may be changed meanwhile; that is documented.
      const isObject = typeof document === 'object' && document !== null && !(document instanceof Uint8Array)
      if (isObject && JSON.stringify(document).length < 100_000) {
        setImmediate(() => setImmediate(() => Object.assign(document, definitionsOf(-1))))
      }
      return document
    },
  },
  'shouldFetchFlagDefinitions lets everybody fetch': { method: 'shouldFetchFlagDefinitions', meddle: () => true },
  'shouldFetchFlagDefinitions lets nobody fetch': { method: 'shouldFetchFlagDefinitions', meddle: () => false },
}

/**
 * @param {string} what
 * @param {Meddling} meddle
 */
function forEachMethod(what, meddle) {
  const methods = ['shouldFetchFlagDefinitions', 'getFlagDefinitions', 'onFlagDefinitionsReceived']
  return Object.fromEntries(methods.map((method) => [`${method} ${what}`, { method, meddle }]))
}

/**
 * @typedef {object} Watch
 * @property {import('./journal.mjs').Journal} journal
 * @property {import('./shared-cache.mjs').SharedCache} shared
 * @property {(line: string) => void} note
 * @property {(problem: string) => void} complain
 * @property {Set<number>} sent versions that the server sent whole
 * @property {(error: any) => void} failed told of what the cache class itself throws
 */

export class WatchedProvider {
  /**
   * @param {any} cache the user's class
   * @param {Watch} watch
   */
  constructor(cache, watch) {
    this._cache = cache
    this._watch = watch
    /** @type {{ kind: string, method: string, meddle: Meddling, scene: any } | undefined} */
    this._fault = undefined
    /** @type {string | undefined} */
    this._armed = undefined
    /** @type {Set<Promise<unknown>>} */
    this._pending = new Set()
    /** @type {((document: any) => any) | undefined} what a test plants between the cache and the client */
    this.plant = undefined
    if (cache.onFlagDefinitionsTextReceived !== undefined) {
      this.onFlagDefinitionsTextReceived = (/** @type {string} */ text) =>
        this._store(text, () => cache.onFlagDefinitionsTextReceived(text))
    }
  }

  /** @param {string} kind @param {any} scene */
  arm(kind, scene) {
    this._armed = kind
    this._fault = { kind, scene, ...PROVIDER_FAULTS[kind] }
  }

  /** The kind of the fault that waits for its call, or met it. */
  get armed() {
    return this._armed
  }

  /** Whether the fault was met. */
  disarm() {
    const met = this._fault === undefined
    this._fault = undefined
    this._armed = undefined
    return met
  }

  /** Waits until nothing is under way. */
  async settled() {
    while (this._pending.size > 0) await Promise.allSettled([...this._pending])
  }

  shouldFetchFlagDefinitions() {
    this._watch.journal.begin()
    return this._run('shouldFetchFlagDefinitions', () => this._cache.shouldFetchFlagDefinitions())
  }

  async getFlagDefinitions() {
    const { journal, shared, complain, sent } = this._watch
    const exchange = journal.begin()
    const document = await this._run('getFlagDefinitions', async () => {
      const since = performance.now()
      const read = await this._cache.getFlagDefinitions()
      const document = this.plant === undefined ? read : this.plant(read)
      const version = versionOfDocument(document)
      if (version !== undefined) {
        const problem = sent.has(version)
          ? shared.read(version, since)
          : `the cache holds v${version}, which was never sent`
        if (problem !== undefined) complain(problem)
      }
      return document
    })
    const version = versionOfDocument(document)
    if (version !== undefined) journal.deliver(exchange, version)
    return document
  }

  /** @param {any} data */
  onFlagDefinitionsReceived(data) {
    return this._store(data, () => this._cache.onFlagDefinitionsReceived(data))
  }

  /** @param {any} data @param {() => Promise<void>} call */
  _store(data, call) {
    const version = versionOfDocument(data)
    if (version === undefined || !this._watch.sent.has(version)) {
      this._watch.complain(`it was given ${version === undefined ? 'no document' : `v${version}`} to store`)
    }
    return this._run('onFlagDefinitionsReceived', async () => {
      const store = this._watch.shared.begin(version ?? 0)
      try {
        await call()
        // A cache may refuse what another client has stored since.
        this._cache.hasRefused ? store.failed() : store.stored()
      } catch (error) {
        store.failed()
        throw error
      }
    })
  }

  shutdown() {
    return this._run('shutdown', () => this._cache.shutdown())
  }

  /**
   * @param {string} method
   * @param {() => Promise<any>} call
   */
  _run(method, call) {
    const { note, failed } = this._watch
    const real = () => {
      const result = Promise.resolve().then(call)
      this._pending.add(result)
      const done = () => this._pending.delete(result)
      result.then(done, (error) => {
        done()
        failed(error)
      })
      return result
    }
    const fault = this._fault
    if (fault?.method !== method) {
      const result = real()
      result.then(
        (value) => note(`${method} → ${describe(value)}`),
        (error) => note(`${method} failed: ${error}`)
      )
      return result
    }
    this._fault = undefined
    note(`${fault.kind}`)
    const result = fault.meddle(real, fault.scene)
    if (result instanceof Promise) {
      this._pending.add(result)
      const done = () => this._pending.delete(result)
      result.then(done, done)
    }
    return result
  }
}

/** @param {any} value */
function describe(value) {
  const version = versionOfDocument(value)
  return version === undefined ? String(value).slice(0, 40) : `v${version}`
}
