// Several processes that share flag definitions through one cache, and the PostHog they are fetched from.
import { fork } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import definitionsServer from '../../../support/definitions-server.js'
import { within } from './deadline.mjs'
import { RedisServer } from './redis-server.mjs'

const { DefinitionsServer } = definitionsServer
const MEMBER = fileURLToPath(new URL('./member.mjs', import.meta.url))
/** Caches that are written in TypeScript. */
const TYPED_CACHES = ['lock file', 'database file', 'plain lock']
const TSX = ['--import', import.meta.resolve('tsx')]

/** Beyond what intervals add up to: evaluation every 10 ms, messages, and a machine that is busy with other tests. */
const SLACK_MS = 1000
const START_MS = 30_000
/** The same where the intervals themselves are what is tested. */
export const SCHEDULING_MS = 500

/**
 * Definitions whose flag `release` answers `version`.
 *
 * @param {string} version
 */
export function definitions(version) {
  const multivariate = { variants: [{ key: version, rollout_percentage: 100 }] }
  const filters = { groups: [{ properties: [], rollout_percentage: 100 }], multivariate }
  return { flags: [{ id: 1, key: 'release', active: true, filters }], group_type_mapping: {}, cohorts: {} }
}

class Member {
  /** @param {import('./member.mjs').MemberSettings} settings */
  constructor(settings) {
    this.name = settings.name
    /** @type {string | undefined} what its flag answered last */
    this.version = undefined
    this.output = ''
    this.changes = new EventEmitter().setMaxListeners(0)
    const execArgv = TYPED_CACHES.includes(settings.cache) ? TSX : []
    this.process = fork(MEMBER, [JSON.stringify(settings)], { execArgv, silent: true })
    this.ended = once(this.process, 'exit')
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.on('data', (chunk) => (this.output += chunk))
    }
    this.process.on('message', (message) => {
      if ('version' in message) this.version = message.version
      this.changes.emit('message', message)
    })
  }

  /** Waits for the first answer. */
  async ready() {
    const ended = this.ended.then(() => Promise.reject(new Error(`${this.name} ended:\n${this.output}`)))
    await Promise.race([once(this.changes, 'message'), ended])
  }

  /** @param {string} version */
  async answers(version) {
    while (this.version !== version) {
      await once(this.changes, 'message')
    }
  }

  /** @returns {Promise<import('./member.mjs').MemberReport>} */
  async report() {
    this.process.send('report')
    for (;;) {
      const [message] = await once(this.changes, 'message')
      if ('report' in message) return message.report
    }
  }

  /** Shuts its client down and waits for the end of the process. */
  async stop() {
    this.process.send('stop')
    const [code, signal] = await within(5000, `${this.name} to end`, this.ended, () => this.output)
    return { code, signal }
  }

  /** Ends it as the kernel would: without a word to anybody. */
  async kill() {
    this.process.kill('SIGKILL')
    await this.ended
  }

  get isRunning() {
    return this.process.exitCode === null && this.process.signalCode === null
  }
}

export class Fleet {
  /**
   * Starts PostHog, and Redis if the cache needs it, but no process yet.
   *
   * @param {Partial<import('./member.mjs').MemberSettings>} [settings]
   */
  static async create(settings = {}) {
    const redis = ['lock file', 'database file'].includes(settings.cache) ? undefined : await RedisServer.start()
    const directory = await mkdtemp(path.join(tmpdir(), 'fleet-'))
    return new Fleet(redis, directory, await DefinitionsServer.start(), settings)
  }

  constructor(redis, directory, server, settings) {
    this.redis = redis
    this.server = server
    this.settings = {
      cache: 'RedisFlagCache over ioredis',
      redisPort: redis?.port,
      directory,
      host: server.url,
      intervalMs: 200,
      lockTtlMs: 1500,
      requestTimeoutMs: 300,
      providerTimeoutMs: 300,
      shutdownTimeoutMs: 1000,
      ...settings,
    }
    /** @type {Member[]} */
    this.members = []
    this.publish('first')
  }

  get running() {
    return this.members.filter(({ isRunning }) => isRunning)
  }

  /** @param {number} count of further processes; waits until their flag has an answer */
  async add(count) {
    const added = Array.from({ length: count }, (_, index) => {
      const name = `member${this.members.length + index + 1}`
      return new Member({ ...this.settings, name })
    })
    this.members.push(...added)
    const ready = Promise.all(added.map((member) => member.ready()))
    await within(START_MS, 'the processes to answer', ready, () => this.describe())
    return added
  }

  /** @param {string} version served from now on */
  publish(version) {
    this.server.setDefinitions(definitions(version), { etag: `"${version}"` })
  }

  /**
   * @param {number} count of requests to come
   * @returns {Promise<Set<string>>} the names of those that send them
   */
  async nextFetchers(count) {
    const before = this.server.definitionRequests.length
    const milliseconds = count * this.settings.intervalMs * 2 + this.settings.lockTtlMs + SLACK_MS
    const last = this.server.definitionRequest(before + count)
    await within(milliseconds, `${count} requests`, last, () => this.describe())
    return new Set(this.server.definitionRequests.slice(before, before + count).map(senderOf))
  }

  /** The one that asked last. */
  get leader() {
    const name = senderOf(this.server.definitionRequests.at(-1))
    return this.members.find((member) => member.name === name)
  }

  /**
   * All running processes answer `version` two intervals from now at the latest, and what the machine takes.
   *
   * @param {string} version
   */
  async convergesAtOnce(version) {
    const all = Promise.all(this.running.map((member) => member.answers(version)))
    const milliseconds = 2 * this.settings.intervalMs + SCHEDULING_MS
    await within(milliseconds, `all to answer ${version}`, all, () => this.describe())
  }

  /**
   * All running processes answer `version`, two intervals after the first time the server is asked at the latest.
   *
   * @param {string} version
   * @param {{ askedWithinMs?: number }} [options] how long it may take until the server is asked
   */
  async converges(version, { askedWithinMs = this.settings.intervalMs + this.settings.lockTtlMs } = {}) {
    const asked = this.server.definitionRequest(this.server.definitionRequests.length + 1)
    await within(askedWithinMs + SLACK_MS, 'a request', asked, () => this.describe())
    const all = Promise.all(this.running.map((member) => member.answers(version)))
    await within(2 * this.settings.intervalMs + SLACK_MS, `all to answer ${version}`, all, () => this.describe())
  }

  reports() {
    return Promise.all(this.running.map((member) => member.report()))
  }

  describe() {
    const members = this.members.map(({ name, version, isRunning, output }) =>
      [`${name}: ${version}${isRunning ? '' : ', ended'}`, output.slice(-2000)].filter(Boolean).join('\n')
    )
    const requests = this.server.definitionRequests.slice(-10).map(senderOf)
    return [...members, `last requests: ${requests.join(', ')}`].join('\n')
  }

  async close() {
    await Promise.all(this.running.map((member) => member.kill()))
    await Promise.all([this.redis?.close(), this.server.close()])
    await rm(this.settings.directory, { recursive: true })
  }
}

/** Each process has a key of its own, so that its requests can be told apart. */
export function senderOf(request) {
  return request?.headers.authorization?.replace('Bearer phs_', '')
}
