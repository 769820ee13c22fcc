// A client whose every answer is checked.
import native from '../../../../index.js'
import { PERSON, keysOf, versionOf } from './versions.mjs'

const { PostHog } = native

/** The ways in which a client can be made. @type {Record<string, (host: string) => Record<string, any>>} */
export const KINDS = {
  native: () => ({}),
  'user’s fetch': () => ({ fetch: (url, options) => fetch(url, options) }),
  'process’s fetch': () => ({ native: { transport: 'fetch' } }),
  'fetch that cannot be aborted': () => ({
    fetch: (url, { signal: _signal, ...options }) => fetch(url, options),
  }),
  'native, polling': () => ({ featureFlagsPollingInterval: 100 }),
}

/** How long a load may take at most, on a machine that is busy. */
const LOAD_MS = 30_000

export class WatchedClient {
  /**
   * @param {string} name
   * @param {Record<string, any>} options of the client
   * @param {object} watch
   * @param {import('./journal.mjs').Journal} watch.journal
   * @param {boolean} watch.onlyForward no version is followed by an older one
   * @param {(line: string) => void} watch.note
   * @param {(problem: string) => void} watch.complain
   */
  constructor(name, options, { journal, onlyForward, note, complain }) {
    this.name = name
    this.journal = journal
    this.evaluations = 0
    this._onlyForward = onlyForward
    this._newest = -Infinity
    this._complain = complain
    this._polls = options.featureFlagsPollingInterval !== null
    this.client = new PostHog('phc_project', { before_send: () => null, ...options })
    this.client.on('error', (/** @type {Error} */ error) => {
      note(`error event: ${error.message.slice(0, 200)}`)
      if (error.message.includes('This is a bug')) complain(error.message)
    })
    /** @type {{ page: any, version: number } | undefined} an answer of earlier, not read yet */
    this._page = undefined
  }

  /** One load; afterwards nothing that was asked for in it may arrive. */
  async reload() {
    /** @type {NodeJS.Timeout | undefined} */
    let timer
    const late = new Promise((resolve) => (timer = setTimeout(resolve, LOAD_MS, 'late')))
    if ((await Promise.race([this.client.reloadFeatureFlags(), late])) === 'late') {
      this._complain(`a load did not end within ${LOAD_MS} ms`)
    }
    clearTimeout(timer)
    this.look()
    if (!this._polls) this.journal.begin()
  }

  /** Evaluates all flags, and checks the answers. */
  look() {
    this._check(this.client.localEvaluator.getAllFlagsAndPayloads(PERSON.id, PERSON.options()))
  }

  /** The same through the calls that users make. */
  async lookClosely() {
    this.look()
    if (!this.client.isLocalEvaluationReady()) return
    const options = { ...PERSON.options(), onlyEvaluateLocally: true, sendFeatureFlagEvents: false }
    this._check(await this.client.getAllFlagsAndPayloads(PERSON.id, options))
    const single = await this.client.getFeatureFlagResult('by-dependency', PERSON.id, options)
    this.evaluations += 1
    const version = this.journal.held
    if (single !== undefined && (single.variant !== `v${version}` || single.payload?.version !== version)) {
      this._complain(`getFeatureFlagResult answers ${JSON.stringify(single)} while v${version} is held`)
    }
    this._readPage()
    if (version !== undefined) {
      this._page = { version, page: await this.client.evaluateFlags(PERSON.id, options) }
    }
  }

  /** What was evaluated before the last loads is of the version of then, whole, whatever was loaded since. */
  _readPage() {
    if (this._page === undefined) return
    const { page, version } = this._page
    this._page = undefined
    const keys = keysOf(version)
    for (const key of keys) {
      const [value, payload] = [page.getFlag(key), page.getFlagPayload(key)]
      if (value !== `v${version}` || payload?.version !== version) {
        this._complain(`an answer of v${version}, read later, says that ${key} is ${value}, ${JSON.stringify(payload)}`)
        return
      }
    }
    this.evaluations += keys.length
  }

  /** @param {any} answers */
  _check(answers) {
    const { version, problem } = versionOf(answers)
    this.evaluations += Object.keys(answers.featureFlags ?? {}).length
    const complaint = problem ?? this.journal.observe(version)
    if (complaint !== undefined) {
      this._complain(complaint)
    } else if (this._onlyForward && version !== undefined && version < this._newest) {
      this._complain(`it answers from v${version} after v${this._newest}`)
    }
    this._newest = Math.max(this._newest, version ?? -Infinity)
  }
}
