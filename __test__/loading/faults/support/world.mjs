// One process of the suite: a server, clients of it, perhaps a cache that they share, and a schedule of faults. Checks all
// answers after every step and in between, and tells its parent what came of it.
import { setTimeout as sleep } from 'node:timers/promises'
import definitionsServer from '../../../support/definitions-server.js'
import { freePort } from '../../../support/free-port.mjs'
import { setClock } from './clock.mjs'
import { Journal } from './journal.mjs'
import { plantInProvider, plantInWorld } from './plants.mjs'
import { Random } from './random.mjs'
import { SERVER_FAULTS } from './server-faults.mjs'
import { SharedCache } from './shared-cache.mjs'
import { definitionsOf } from './versions.mjs'
import { KINDS, WatchedClient } from './watched-client.mjs'
import { PROVIDER_FAULTS, WatchedProvider } from './watched-provider.mjs'

const { DefinitionsServer } = definitionsServer

/**
 * @typedef {object} WorldSettings
 * @property {string} seed
 * @property {'server' | 'redis' | 'file'} world
 * @property {number} faults to be injected at least
 * @property {number} [from] the first step
 * @property {number} [to] the last step, if it is not the faults that are counted
 * @property {string} [disk] a small file system
 * @property {string} [plant] something wrong that must be noticed
 */

const REQUEST_TIMEOUT_MS = 120
const PROVIDER_TIMEOUT_MS = 80
const LOCK_TTL_MS = 400
const MAX_DOCUMENT_BYTES = 2 ** 20
const LOOK_EVERY_MS = 2
const HEAL_EVERY = 20
/** Loads until all is well again, and the time they may take on a busy machine. */
const HEAL_LOADS = 40
const HEAL_MS = 60_000
const CLOCK_JUMPS_MS = [-1, 1].flatMap((sign) => [1e3, 6e4, 3.6e6, 8.64e7, 3.15e9, 1.6e11].map((by) => sign * by))
/** How often there is a new version. */
const NEWS = 0.6
const EVENTS_KEPT = 60
/** Of the step in which a world ends: what follows on the first tells little. */
const MOST_VIOLATIONS = 3

const CLIENTS = {
  server: Object.keys(KINDS),
  redis: ['native', 'user’s fetch', 'process’s fetch', 'native, polling'],
  file: ['native', 'user’s fetch', 'process’s fetch', 'native, polling'],
}

export class World {
  /** @param {WorldSettings} settings */
  static async start(settings) {
    const server = await DefinitionsServer.start({ port: await freePort() })
    const world = new World(settings, server, await startBackend(settings))
    world._publish()
    for (const kind of CLIENTS[settings.world]) await world._addClient(kind)
    world._looking = setInterval(() => world._look(), LOOK_EVERY_MS)
    return world
  }

  constructor(settings, server, backend) {
    this._settings = settings
    this._server = server
    this._backend = backend
    this._version = 0
    /** @type {{ kind: string, key: string, watched: WatchedClient, provider?: WatchedProvider }[]} */
    this._clients = []
    /** @type {Map<string, { kind: string, journal: Journal }>} by secret key */
    this._journals = new Map()
    this._shared = new SharedCache()
    /** @type {Set<number>} */
    this._sent = new Set()
    /** @type {WeakMap<object, number | 'cleared' | undefined>} what scripted answers bring whole */
    this._delivered = new WeakMap()
    /** @type {WeakMap<object, { kind: string, journal: Journal, exchange: number }>} */
    this._exchanges = new WeakMap()
    /** @type {string[]} */
    this._events = []
    /** @type {string[]} */
    this._failures = []
    this._step = 0
    this._evaluationsOfThoseGone = 0
    this.result = { steps: 0, evaluations: 0, loads: 0, healed: 0, counts: {}, violations: [] }
    this._watchServer()
    for (const event of ['uncaughtException', 'unhandledRejection']) {
      process.on(event, (error) => this._complain(`${event}: ${error?.stack ?? error}`))
    }
  }

  /** What goes wrong with the suite itself is a violation too: it hides others. */
  async run() {
    try {
      await this._runSteps()
      await this._close()
    } catch (error) {
      this._complain(`the suite failed: ${error?.stack ?? error}`)
    }
    return this.result
  }

  async _runSteps() {
    const { faults, from = 1, to = Infinity } = this._settings
    const injected = () => Object.values(this.result.counts).reduce((sum, count) => sum + count, 0)
    for (let step = from; step <= to; step += 1) {
      if (to === Infinity && injected() >= faults) break
      await this._runStep(step)
      if (step % HEAL_EVERY === 0 && !this._isViolated) await this._heal()
      if (this._isViolated) break
    }
    if (!this._isViolated) await this._heal()
  }

  get _isViolated() {
    return this.result.violations.length > 0
  }

  /** @param {number} step */
  async _runStep(step) {
    this._step = step
    this.result.steps += 1
    const random = new Random(`${this._settings.seed}/${this._settings.world}/${step}`)
    this._note(`step ${step}`)
    if (random.chance(NEWS)) this._publish()
    if (random.chance(0.02)) await this._replaceClient(random)
    if (random.chance(0.05)) {
      const jump = random.pick(CLOCK_JUMPS_MS)
      setClock(jump)
      this._count('the clock is set', 1, `${jump} ms`)
    }
    await this._injectFaults(random)
    this._failures = []
    plantInWorld(this._settings.plant, this, step)
    for (const { watched } of this._clients) await watched.lookClosely()
  }

  /** @param {Random} random */
  async _injectFaults(random) {
    const scene = {
      random,
      version: this._version,
      etag: etagOf(this._version),
      url: this._server.url,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      providerTimeoutMs: PROVIDER_TIMEOUT_MS,
      lockTtlMs: LOCK_TTL_MS,
      maxDocumentBytes: MAX_DOCUMENT_BYTES,
      reload: () => this._reload(),
      failures: () => this._failures.splice(0),
    }
    const share = random.next()
    if (this._backend === undefined) {
      await (share < 0.03 ? this._withoutServer() : this._injectAtServer(scene, 0.9))
    } else if (share < 0.4) {
      const kind = random.pick(Object.keys(this._backend.faults))
      this._note(kind)
      // So that there is something to store.
      this._publish()
      scene.version = this._version
      if (await this._backend.faults[kind](scene)) this._count(kind, 1)
    } else {
      // Also at the server, which those ask that may not read.
      for (const { provider } of this._clients) {
        if (share < 0.75 && random.chance(0.8)) provider?.arm(random.pick(Object.keys(PROVIDER_FAULTS)), scene)
      }
      await this._injectAtServer(scene, share < 0.75 ? 0.2 : 0.9)
      for (const { provider } of this._clients) {
        const armed = provider?.armed
        if (armed !== undefined && provider?.disarm()) this._count(armed, 1)
      }
    }
  }

  /** @param {any} scene @param {number} probability */
  async _injectAtServer(scene, probability) {
    const scripts = new Map()
    for (const { key } of this._clients) {
      if (!scene.random.chance(probability)) continue
      const kind = scene.random.pick(Object.keys(SERVER_FAULTS))
      const fault = SERVER_FAULTS[kind](scene)
      // Each answer is an object of its own, by which it is known.
      const answers = fault.answers.map((answer) => ({ ...answer }))
      answers.forEach((answer) => this._delivered.set(answer, undefined))
      this._delivered.set(answers[answers.length - 1], fault.delivers)
      this._server.scriptFor(key, ...answers)
      scripts.set(key, { kind, first: answers[0] })
    }
    await this._reload()
    for (const [key, { kind, first }] of scripts) {
      if (!this._server.scriptFor(key).includes(first)) this._count(kind, 1)
    }
  }

  /** Nobody listens where the server was. */
  async _withoutServer() {
    const { port } = this._server
    await this._server.close()
    await this._reload()
    this._count('no server', this._clients.length)
    this._server = await DefinitionsServer.start({ port })
    this._watchServer()
    this._serve()
  }

  /** Once all faults are over, new definitions reach everybody. */
  async _heal() {
    setClock(0)
    this._note('all faults are over')
    for (const { provider } of this._clients) await provider?.settled()
    await this._backend?.heal()
    this._publish()
    const startedAt = performance.now()
    for (let load = 1; ; load += 1) {
      await this._reload()
      const behind = this._clients.filter(({ watched }) => watched.journal.held !== this._version)
      if (behind.length === 0) break
      if (load >= HEAL_LOADS && performance.now() - startedAt > HEAL_MS) {
        const names = behind.map(({ watched }) => `${watched.name} holds v${watched.journal.held}`)
        return this._complain(`after ${load} loads without a fault: ${names.join(', ')} instead of v${this._version}`)
      }
      // A wrong tag that was given before may be that of the version served now.
      if (load % 4 === 0) this._publish()
      if (this._backend !== undefined) await sleep(LOCK_TTL_MS / 20)
    }
    this.result.healed += 1
  }

  async _reload() {
    this.result.loads += this._clients.length
    await Promise.all(this._clients.map(({ watched }) => watched.reload()))
  }

  _look() {
    for (const { watched } of this._clients) watched.look()
  }

  _publish() {
    this._version += 1
    this._serve()
    this._server.requests.length = 0
  }

  _serve() {
    this._server.setDefinitions(definitionsOf(this._version), { etag: etagOf(this._version) })
  }

  /** @param {string} kind */
  async _addClient(kind) {
    const index = CLIENTS[this._settings.world].indexOf(kind)
    const key = `phs_${index}`
    const journal = new Journal()
    this._journals.set(key, { kind, journal })
    const note = (/** @type {string} */ line) => this._note(`${kind}: ${line}`)
    const complain = (/** @type {string} */ problem) => this._complain(`${kind}: ${problem}`)
    const cache = await this._backend?.createCache(index, LOCK_TTL_MS)
    const provider =
      cache &&
      new WatchedProvider(cache, {
        journal,
        shared: this._shared,
        sent: this._sent,
        note,
        complain,
        failed: (error) => this._failures.push(String(error)),
      })
    plantInProvider(this._settings.plant, provider)
    const { native, ...options } = KINDS[kind](this._server.url)
    const watched = new WatchedClient(
      kind,
      {
        host: this._server.url,
        secretKey: key,
        requestTimeout: REQUEST_TIMEOUT_MS,
        featureFlagsPollingInterval: null,
        flagDefinitionCacheProvider: provider,
        native: { providerTimeoutMs: PROVIDER_TIMEOUT_MS, maxDocumentBytes: MAX_DOCUMENT_BYTES, ...native },
        ...options,
      },
      { journal, onlyForward: provider === undefined, note, complain }
    )
    this._clients.splice(index, 0, { kind, key, watched, provider })
    await watched.reload()
  }

  /** One is shut down, and another takes its place. @param {Random} random */
  async _replaceClient(random) {
    const [{ kind, watched, provider }] = this._clients.splice(random.below(this._clients.length), 1)
    this._note(`${kind} is shut down`)
    await watched.client.shutdown(1000)
    await provider?.settled()
    this._evaluationsOfThoseGone += watched.evaluations
    await this._addClient(kind)
  }

  _watchServer() {
    this._server.onRequest = (request) => {
      const client = this._journals.get(request.headers.authorization?.replace('Bearer ', ''))
      if (client !== undefined) this._exchanges.set(request, { ...client, exchange: client.journal.begin() })
    }
    this._server.onAnswer = (request, answer) => {
      const exchange = this._exchanges.get(request)
      if (exchange === undefined) return
      const delivered = this._delivered.has(answer) ? this._delivered.get(answer) : this._usual(answer)
      this._note(
        `${exchange.kind}: asks, is answered ${describeAnswer(answer)}, which brings ${delivered ?? 'nothing'}`
      )
      if (delivered === undefined) return
      if (delivered !== 'cleared') this._sent.add(delivered)
      exchange.journal.deliver(exchange.exchange, delivered === 'cleared' ? undefined : delivered)
    }
  }

  /** @param {{ status?: number }} answer */
  _usual({ status = 200 }) {
    return status === 200 ? this._version : undefined
  }

  /** @param {string} kind @param {number} count @param {string} [detail] */
  _count(kind, count, detail = '') {
    this._note(`injected: ${kind} ${detail}`)
    this.result.counts[kind] = (this.result.counts[kind] ?? 0) + count
  }

  /** @param {string} line */
  _note(line) {
    this._events.push(`${performance.now().toFixed(0).padStart(8)} ms  ${line}`)
    if (this._events.length > EVENTS_KEPT) this._events.shift()
  }

  /** @param {string} problem */
  _complain(problem) {
    const { violations } = this.result
    if (violations.length < MOST_VIOLATIONS && violations.every((other) => other.problem !== problem)) {
      violations.push({ step: this._step, problem, events: [...this._events] })
    }
  }

  async _close() {
    clearInterval(this._looking)
    for (const { watched } of this._clients) await watched.client.shutdown(2000)
    for (const { provider } of this._clients) await provider?.settled()
    const evaluations = this._clients.map(({ watched }) => watched.evaluations)
    this.result.evaluations = evaluations.reduce((sum, count) => sum + count, this._evaluationsOfThoseGone)
    await this._server.close()
    await this._backend?.close()
  }
}

/** @param {number} version */
function etagOf(version) {
  return `"v${version}"`
}

/** @param {import('../../../support/scripted-answer.js').ScriptedAnswer} answer */
function describeAnswer({ status = 200, body: _body, wire, raw, headers, ...rest }) {
  const how =
    wire !== undefined ? `${wire.pieces.length} pieces, then ${wire.then}` : raw !== undefined ? 'raw' : status
  return [how, ...Object.keys(rest), ...Object.keys(headers ?? {})].join(' ')
}

/** @param {WorldSettings} settings */
async function startBackend({ world, disk }) {
  if (world === 'redis') {
    const { RedisBackend } = await import('./redis-backend.mjs')
    return RedisBackend.start()
  }
  if (world === 'file') {
    const { FileBackend } = await import('./file-backend.mjs')
    return FileBackend.start(disk)
  }
  return undefined
}
