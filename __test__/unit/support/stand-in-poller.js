'use strict'

const { loadBinding } = require('../../../lib/addon/load-binding')
const { DefinitionLoader } = require('../../../lib/loading/definition-loader')

const USUAL = {
  host: 'http://127.0.0.1:1',
  projectApiKey: 'phc_project',
  personalApiKey: 'phs_secret_of_a_test',
  pollingInterval: null,
  requestTimeout: 0,
  customHeaders: {},
}
const USUAL_NATIVE = {
  transport: 'native',
  keepAlive: true,
  providerTimeoutMs: 5000,
  pollingJitter: 0,
  maxDocumentBytes: 1_000_000,
}

/** Stands in for the native poller: notes what it is asked, and sends the commands that a test wants. */
class StandInPoller {
  /** @param {any} _options @param {(command: any) => void} receive */
  constructor(_options, receive) {
    this.receive = receive
    /** What it was asked, each with its arguments. @type {any[][]} */
    this.calls = []
    /** What it says of a load that is asked for. */
    this.answer = 'started'
    /** Whether no load is under way. */
    this.isIdle = true
  }

  /** @param {boolean} force */
  load(force) {
    this.calls.push(['load', force])
    if (this.answer === 'started') {
      this.isIdle = false
    }
    return this.answer
  }

  /** @param {number} id */
  finish(id) {
    this.isIdle = true
    this.calls.push(['finish', id])
  }

  request() {
    this.calls.push(['request'])
    return { url: 'http://127.0.0.1:1/flags/definitions', headers: [['Authorization', 'Bearer of a test']] }
  }

  stopPolling() {
    this.calls.push(['stopPolling'])
    return this.isIdle
  }

  /** @param {number} id @param {string | Uint8Array} piece */
  addPiece(id, piece) {
    this.calls.push(['addPiece', id, Buffer.from(/** @type {any} */ (piece)).toString()])
    return true
  }

  /** @param {number} id @param {unknown} status @param {unknown[]} rest */
  replyResponse(id, status, ...rest) {
    if (typeof status !== 'number') {
      throw new TypeError('status is no number')
    }
    this.calls.push(['replyResponse', id, status, ...rest])
  }

  begin() {
    this.calls.push(['begin'])
    return { confirmedAt: 9 }
  }

  /** @param {(command: any) => void} receive */
  open(receive) {
    this.receive = receive
    this.calls.push(['open'])
  }

  /** @param {string} kind @param {object} [fields] */
  tell(kind, fields = {}) {
    this.receive({ kind, id: 7, ...fields })
  }

  /** What it was asked since this was read last. */
  news() {
    return this.calls.splice(0)
  }
}

const NOTED = [
  ...['forget', 'replyDecision', 'replyDefinitions', 'replyStored', 'replyFailed'],
  ...['watchChanges', 'rest', 'wake', 'close', 'stop'],
]
for (const name of NOTED) {
  Object.defineProperty(StandInPoller.prototype, name, {
    /** @this {StandInPoller} @param {unknown[]} args */
    value(...args) {
      this.calls.push([name, ...args])
    },
  })
}

const NEWS = [
  'newDefinitions',
  'loaded',
  'notModified',
  'quotaExceeded',
  'invalidBody',
  'clientError',
  'error',
  'fellBack',
  'trace',
  'shutdownDelayed',
  'underWay',
]

/**
 * A loader over pollers that only do what a test says.
 *
 * @param {import('node:test').TestContext} t
 * @param {Record<string, any>} [options]
 * @param {Record<string, (...args: any[]) => any>} [listener] what some of the listener's functions do
 */
function openLoader(t, { native, ...options } = {}, listener = {}) {
  const binding = /** @type {any} */ (loadBinding())
  const { FlagPoller } = binding
  t.after(() => (binding.FlagPoller = FlagPoller))
  /** @type {StandInPoller[]} */
  const pollers = []
  binding.FlagPoller = class extends StandInPoller {
    /** @param {any} told @param {any} receive */
    constructor(told, receive) {
      super(told, receive)
      pollers.push(this)
    }
  }
  /** What the listener was told, each with its arguments. @type {any[][]} */
  const told = []
  const tell = (/** @type {string} */ name) => [
    name,
    (/** @type {any[]} */ ...args) => {
      told.push([name, ...args])
      return listener[name]?.(...args)
    },
  ]
  const loader = new DefinitionLoader(
    /** @type {any} */ ({ ...USUAL, ...options, native: { ...USUAL_NATIVE, ...native } }),
    { ...listener, ...Object.fromEntries(NEWS.map(tell)) }
  )
  // A test that fails has to end, too. What nobody uses any more may be collected: it holds nothing open.
  const reference = new WeakRef(loader)
  t.after(() => reference.deref()?.stop(1))
  return {
    loader,
    pollers,
    /** The poller at work. */
    poller: () => /** @type {StandInPoller} */ (pollers.at(-1)),
    /** What was told since this was read last. */
    told: () => told.splice(0),
  }
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

/** Lets what waits for answers that are there already go on. */
async function settle() {
  for (let turn = 0; turn < 5; turn += 1) {
    await nextTurn()
  }
}

/** How many timers keep the process alive. */
const timersHeld = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

module.exports = { openLoader, settle, timersHeld }
