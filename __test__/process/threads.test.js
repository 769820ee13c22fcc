'use strict'

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')

const { startChild } = require('../support/child')
const { DefinitionsServer } = require('../support/definitions-server')
const { flag } = require('../support/flags')

/** Names of the threads of this package, and how many others there are. `print` adds a line of both to the output. */
const PRELUDE = `
  const { readdirSync, readFileSync } = require('node:fs')
  const names = () => readdirSync('/proc/self/task').flatMap((id) => {
    try {
      return [readFileSync('/proc/self/task/' + id + '/comm', 'utf8').trim()]
    } catch {
      // It ended meanwhile.
      return []
    }
  })
  const print = (moment) => console.log(moment + ': ' + names().filter((name) => name.startsWith('posthog')).sort())
`

/**
 * What a script printed.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} script
 * @param {(url: string) => string} [toHost]
 */
async function linesOf(t, script, toHost = (url) => url) {
  const server = await DefinitionsServer.start()
  t.after(() => server.close())
  server.setDefinitions({ flags: [flag('on')] }, { etag: '"1"' })
  const { code, output } = await startChild(PRELUDE + script, { host: toHost(server.url) }).ended()
  assert.equal(code, 0, output)
  return output.trim().split('\n')
}

describe('the background thread', () => {
  test('is not there before a client polls: not for the package, an evaluator or a client without local evaluation', async (t) => {
    const script = `
      const { LocalEvaluator } = require(PACKAGE)
      print('loaded')
      new LocalEvaluator({ flags: [] }).getAllFlags('somebody')
      print('evaluator')
      const remote = new PostHog('phc_project', { host: HOST })
      const off = new PostHog('phc_project', { ...OPTIONS, enableLocalEvaluation: false })
      const main = async () => {
        await Promise.all([remote.shutdown(), off.shutdown()])
        print('remote')
        const client = new PostHog('phc_project', OPTIONS)
        await client.waitForLocalEvaluationReady()
        print('polling')
        await client.shutdown()
      }
      main()`
    assert.deepEqual(await linesOf(t, script), ['loaded: ', 'evaluator: ', 'remote: ', 'polling: posthog-flags'])
  })

  test('is one for all clients of the process, those of worker threads too', async (t) => {
    const script = `
      const { Worker } = require('node:worker_threads')
      const { once } = require('node:events')
      const create = () => new PostHog('phc_project', { ...OPTIONS, featureFlagsPollingInterval: 100 })
      const worker = \`
        const { parentPort } = require('node:worker_threads')
        const { PostHog } = require(\${JSON.stringify(PACKAGE)})
        const client = new PostHog('phc_project', { host: \${JSON.stringify(HOST)}, secretKey: 'phs_secret' })
        client.waitForLocalEvaluationReady().then(() => parentPort.postMessage('ready'))
        parentPort.once('message', () => client.shutdown())\`
      const main = async () => {
        const clients = Array.from({ length: 10 }, create)
        await Promise.all(clients.map((client) => client.waitForLocalEvaluationReady()))
        const workers = Array.from({ length: 3 }, () => new Worker(worker, { eval: true }))
        await Promise.all(workers.map((worker) => once(worker, 'message')))
        print('all')
        workers.forEach((worker) => worker.postMessage('end'))
        await Promise.all(workers.map((worker) => once(worker, 'exit')))
        await Promise.all(clients.map((client) => client.shutdown()))
      }
      main()`
    assert.deepEqual(await linesOf(t, script), ['all: posthog-flags'])
  })

  test('has one more beside it, for looking up names', async (t) => {
    const script = `
      const hosts = [HOST, HOST.replace('localhost', 'no-such-host.invalid'), HOST.replace('localhost', 'nor-this.invalid')]
      const clients = hosts.map((host) =>
        new PostHog('phc_project', { ...OPTIONS, host, featureFlagsPollingInterval: null }))
      clients.forEach((client) => client.on('error', () => {}))
      const main = async () => {
        await Promise.all(clients.map((client) => client.reloadFeatureFlags()))
        print('looked up')
        console.log(clients[0].isLocalEvaluationReady())
        await Promise.all(clients.map((client) => client.shutdown()))
      }
      main()`
    const lines = await linesOf(t, script, (url) => url.replace('127.0.0.1', 'localhost'))
    assert.deepEqual(lines, ['looked up: posthog-flags,posthog-lookup', 'true'])
  })
})
