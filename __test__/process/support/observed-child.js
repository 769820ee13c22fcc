'use strict'

const { once } = require('node:events')

const { startChild } = require('../../support/child')

/**
 * What a process is made to wait for here, or should not wait for: longer than any process of a test may live. Then nothing
 * needs to measure how soon a process ends; one that waits does not end.
 */
const NEVER_MS = 600_000

/**
 * A script with `shutDown(client, timeout)`, which tells when it begins, how long it took and what is open then, and
 * `whenTold(callback)`, for {@link ObservedChild.tell}. A signal, since a channel would itself keep the process alive.
 */
const PRELUDE = `
  // Listens from the start: the background thread may send the request that the test waits for before the script is over.
  const told = new (require('node:events'))()
  let unheard = 0
  process.on('SIGUSR2', () => told.emit('told') || (unheard += 1))
  const whenTold = (callback) => {
    if (unheard === 0) return void told.once('told', callback)
    unheard -= 1
    setImmediate(callback)
  }
  // Made on first use, and open from then on.
  const stdio = [process.stdout, process.stderr]
  const openBefore = process.getActiveResourcesInfo()
  const opened = () => {
    const open = process.getActiveResourcesInfo().filter((resource) => resource !== 'Immediate')
    openBefore.filter((resource) => open.includes(resource)).forEach((resource) => open.splice(open.indexOf(resource), 1))
    return open
  }
  const shutDown = async (client, timeout = ${NEVER_MS}) => {
    console.log('shutting down')
    const startedAt = performance.now()
    await client.shutdown(timeout)
    console.log('took ' + Math.ceil(performance.now() - startedAt) + ' ms')
    // A socket that was destroyed takes a few turns to close.
    for (let turn = 0; turn < 20 && opened().length > 0; turn += 1) await new Promise(setImmediate)
    console.log('open: ' + JSON.stringify(opened()))
  }
`

/** A process that can be told to go on, and whose output can be waited for. */
class ObservedChild {
  /**
   * @param {string} script
   * @param {Parameters<typeof startChild>[1]} options
   */
  constructor(script, options) {
    this._started = startChild(PRELUDE + script, options)
    this._output = ''
    this.child = this._started.child
    this.child.stdout.on('data', (chunk) => (this._output += chunk))
  }

  tell() {
    this.child.kill('SIGUSR2')
  }

  /** @param {string} text waits until it was printed */
  async printed(text) {
    while (!this._output.includes(text)) {
      await once(this.child.stdout, 'data')
    }
  }

  isRunning() {
    return this._started.isRunning()
  }

  /** How it ended. */
  ended() {
    return this._started.ended()
  }
}

module.exports = { NEVER_MS, ObservedChild }
