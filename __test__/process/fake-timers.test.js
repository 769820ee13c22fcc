'use strict'

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')

const { DefinitionsServer } = require('../support/definitions-server')
const { flag } = require('../support/flags')
const { ObservedChild } = require('./support/observed-child')

/** In which nobody shuts a client down. `clock` is that of a test with fake timers. */
const PRELUDE = `
  const { mock } = require('node:test')
  const real = { setTimeout, clearTimeout, setInterval, clearInterval }
  const turn = () => new Promise((resolve) => real.setTimeout(resolve, 20))
  // A clock as test runners have them: timers run when they are told to, each in its turn.
  const clock = {
    timers: new Map(),
    ran: 0,
    install() {
      const add = (again) => (callback, delay = 0) => {
        const timer = { callback, delay, again, ref() {}, unref() {} }
        this.timers.set(timer, callback)
        return timer
      }
      const remove = (timer) => this.timers.delete(timer)
      Object.assign(globalThis, {
        setTimeout: add(false), setInterval: add(true), clearTimeout: remove, clearInterval: remove,
      })
    },
    uninstall: () => Object.assign(globalThis, real),
    runAll() {
      while (this.timers.size > 0) {
        const [[timer, callback]] = this.timers
        if (!timer.again) this.timers.delete(timer)
        callback()
        if ((this.ran += 1) > 1000) throw new Error('the timers never end')
      }
    },
  }
  let client
  const make = (options) => (client = new PostHog('phc_project', { ...OPTIONS, ...options }))
  const say = (text) => console.log(text)
  process.on('exit', () => say('gone'))
  process.on('SIGUSR2', () => process.exit(3))
`

/** Ends by itself, as posthog-node's client does. */
const ENDS = {
  'with fake timers from the start': 'clock.install(); make()',
  'with fake timers of node:test': `mock.timers.enable({ apis: ['setTimeout', 'setInterval'] }); make()`,
  'with all that node:test can fake': 'mock.timers.enable(); make()',
  'with fake timers right after the client is made': 'make(); clock.install()',
  'with fake timers that come while it polls':
    'make({ featureFlagsPollingInterval: 200 }).reloadFeatureFlags().then(() => clock.install())',
  'with fake timers that are gone again': `
    clock.install()
    make().reloadFeatureFlags().then(turn).then(() => clock.uninstall())`,
  'with fake timers that are gone again while it polls': `
    clock.install()
    make({ featureFlagsPollingInterval: 100 }).reloadFeatureFlags().then(turn).then(() => {
      clock.uninstall()
      setTimeout(() => say('polled'), 500)
    })`,
  'with all timers run': `
    clock.install()
    make().reloadFeatureFlags().then(turn).then(() => { clock.runAll(); say('ran ' + (clock.ran > 0)) })`,
  'with all timers of node:test run': `
    mock.timers.enable()
    make().reloadFeatureFlags().then(turn).then(() => { mock.timers.tick(3_600_000); mock.timers.runAll(); say('ran') })`,
  'with fake timers and a shutdown': `
    clock.install()
    make().reloadFeatureFlags().then(turn).then(() => client.shutdown()).then(() => say('down'))`,
  'with fake timers that are gone before a shutdown': `
    clock.install()
    make().reloadFeatureFlags().then(turn).then(() => { clock.uninstall(); return client.shutdown() }).then(() => say('down'))`,
}

/** Is kept alive, as by posthog-node's client. */
const STAYS = {
  'with its own timers': 'make().reloadFeatureFlags().then(turn).then(() => say("loaded"))',
  'with its own timers, and polls': `
    make({ featureFlagsPollingInterval: 100 }).reloadFeatureFlags().then(() => real.setTimeout(say, 500, 'loaded'))`,
  'with its own timers again, and a load': `
    clock.install()
    make().reloadFeatureFlags().then(turn).then(() => {
      clock.uninstall()
      return client.reloadFeatureFlags()
    }).then(turn).then(() => say('loaded'))`,
  'if only intervals are fake': `
    mock.timers.enable({ apis: ['setInterval'] })
    make().reloadFeatureFlags().then(turn).then(() => say('loaded'))`,
}

/**
 * @param {import('node:test').TestContext} t
 * @param {string} script
 * @param {boolean} stock
 */
async function start(t, script, stock) {
  const server = await DefinitionsServer.start()
  t.after(() => server.close())
  server.setDefinitions({ flags: [flag('on')] })
  const child = new ObservedChild(PRELUDE + script, { host: server.url, stock })
  t.after(() => child.child.kill('SIGKILL'))
  return child
}

describe('a process with a client that nobody shuts down ends by itself where it does with posthog-node', () => {
  for (const [name, script] of Object.entries(ENDS)) {
    test(name, async (t) => {
      const said = []
      for (const stock of [true, false]) {
        const { code, output } = await (await start(t, script, stock)).ended()
        assert.equal(code, 0, output)
        said.push(output.split('\n').filter((line) => /^(gone|ran|down|polled)/.test(line)))
      }
      assert.deepEqual(said[1], said[0])
    })
  }
})

describe('a process with a client that nobody shuts down is kept alive where it is with posthog-node', () => {
  for (const [name, script] of Object.entries(STAYS)) {
    test(name, async (t) => {
      for (const stock of [true, false]) {
        const child = await start(t, script, stock)
        await child.printed('loaded')
        // With nothing else to do it would be gone by then.
        await new Promise((resolve) => setTimeout(resolve, 500))
        assert.ok(child.isRunning())
        child.tell()
        assert.equal((await child.ended()).code, 3)
      }
    })
  }
})

test('a timer is cleared by the function that belongs to it, where posthog-node takes the one of that time', async (t) => {
  const script = `
    make().reloadFeatureFlags().then(turn).then(() => {
      clock.install()
      return client.shutdown()
    }).then(() => say('down'))`
  const { code, output } = await (await start(t, script, false)).ended()
  assert.equal(code, 0, output)
  assert.match(output, /^down$/m)
})
