'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { startChild } = require('../support/child')
const { DefinitionsServer } = require('../support/definitions-server')
const { flag } = require('../support/flags')
const { runMeasured } = require('./support/allocated')

test('worker threads are started and terminated at any moment without a crash', async (t) => {
  const server = await DefinitionsServer.start()
  t.after(() => server.close())
  server.setDefinitions({ flags: [flag('on')] }, { etag: '"1"' })
  server.hangFor('phs_hang')
  // What they leave behind is measured in many rounds, by `npm run test:long`.
  const { answer, codes, threads } = await runMeasured(t, 'worker-rounds.js', server.url, '0')
  assert.equal(answer, true, 'the client of the main thread goes on')
  assert.deepEqual(codes['being done'], [0])
  assert.ok(threads < 20, `${threads} threads are left`)
})

test("worker threads are terminated in the middle of a request through Node's own fetch", async (t) => {
  const server = await DefinitionsServer.start()
  t.after(() => server.close())
  server.setDefinitions({ flags: [flag('on')] }, { etag: '"1"' })
  server.hangFor('phs_hang')
  const script = `
    const { once } = require('node:events')
    const { Worker } = require('node:worker_threads')
    const worker = \`
      const { parentPort } = require('node:worker_threads')
      const { PostHog } = require(\${JSON.stringify(PACKAGE)})
      const options = { host: \${JSON.stringify(HOST)}, featureFlagsPollingInterval: 100, native: { transport: 'fetch' } }
      new PostHog('phc_project', { ...options, secretKey: 'phs_hang' })
      new PostHog('phc_project', { ...options, secretKey: 'phs_secret' })
        .waitForLocalEvaluationReady().then((ready) => parentPort.postMessage(ready))\`
    const round = async () => {
      const thread = new Worker(worker, { eval: true })
      const [ready] = await once(thread, 'message')
      return ready && (await thread.terminate())
    }
    const main = async () => {
      const client = new PostHog('phc_project', { ...OPTIONS, featureFlagsPollingInterval: 100 })
      for (let number = 0; number < 10; number += 1) {
        console.log(JSON.stringify(await Promise.all([round(), round()])))
      }
      await client.reloadFeatureFlags()
      console.log(client.localEvaluator.getFeatureFlag('on', 'somebody'))
      await client.shutdown()
    }
    main()`
  const { code, signal, output } = await startChild(script, { host: server.url }).ended()
  assert.deepEqual({ code, signal }, { code: 0, signal: null }, output)
  assert.equal(output, '[1,1]\n'.repeat(10) + 'true\n')
})
