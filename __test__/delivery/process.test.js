'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { startChild } = require('../support/child')
const { closing } = require('../support/closing')
const { EventServer } = require('../support/event-server')

/** @param {import('node:test').TestContext} t */
async function open(t) {
  return closing(t, await EventServer.start())
}

for (const [name, stock] of /** @type {const} */ ([
  ['posthog-node', true],
  ['this package', false],
])) {
  test(`a batch in flight keeps the process alive until it is delivered, and no longer, with ${name}`, async (t) => {
    const server = await open(t)
    server.usual = () => ({ after: 500 })
    const script = `
      const client = new PostHog('phc_project', { host: HOST, flushAt: 1 })
      client.capture({ distinctId: 'somebody', event: 'event' })
      process.on('exit', () => console.log('gone'))`
    const { code, signal, output } = await startChild(script, { host: server.url, stock }).ended()
    assert.deepEqual({ code, signal, output }, { code: 0, signal: null, output: 'gone\n' })
    assert.deepEqual(server.taken, ['event'])
  })

  test(`a shutdown ends with nothing open, with ${name}`, async (t) => {
    const server = await open(t)
    const script = `
      const before = process.getActiveResourcesInfo()
      const main = async () => {
        const client = new PostHog('phc_project', { host: HOST })
        client.capture({ distinctId: 'somebody', event: 'event' })
        await client.shutdown()
        for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate)
        const names = new Set(['Immediate', 'PipeWrap', 'TCPSocketWrap', ...before])
        console.log(JSON.stringify(process.getActiveResourcesInfo().filter((resource) => !names.has(resource))))
      }
      main()`
    const { code, output } = await startChild(script, { host: server.url, stock }).ended()
    assert.deepEqual({ code, output }, { code: 0, output: '[]\n' })
  })
}

test('process.exit in the middle of deliveries is no crash', async (t) => {
  const server = await open(t)
  server.usual = () => ({ fault: 'hangs' })
  const script = `
    const client = new PostHog('phc_project', { host: HOST, flushAt: 1 })
    const payload = 'x'.repeat(500_000)
    for (let index = 0; index < 20; index += 1) {
      client.captureImmediate({ distinctId: 'somebody', event: 'event', properties: { payload } })
    }
    setTimeout(() => process.exit(7), Number(process.env.AFTER))`
  const ends = ['0', '1', '5', '20', '100'].map((AFTER) =>
    startChild(script, { host: server.url, env: { AFTER } }).ended()
  )
  for (const { code, signal, output } of await Promise.all(ends)) {
    assert.deepEqual({ code, signal, output }, { code: 7, signal: null, output: '' })
  }
})

test('worker threads are terminated in the middle of deliveries, and others go on', async (t) => {
  const server = await open(t)
  server.usual = ({ body }) => (body?.batch?.[0].event === 'of a worker' ? { fault: 'hangs' } : {})
  const script = `
    const { once } = require('node:events')
    const { Worker } = require('node:worker_threads')
    const worker = \`
      const { parentPort } = require('node:worker_threads')
      const { PostHog } = require(\${JSON.stringify(PACKAGE)})
      const client = new PostHog('phc_project', { host: \${JSON.stringify(HOST)}, flushAt: 1 })
      const capture = () => client.captureImmediate({ distinctId: 'somebody', event: 'of a worker', properties: { text: 'x'.repeat(200_000) } })
      capture(); capture()
      setTimeout(() => parentPort.postMessage('under way'), Math.random() * 20)\`
    const round = async () => {
      const thread = new Worker(worker, { eval: true })
      await once(thread, 'message')
      return thread.terminate()
    }
    const main = async () => {
      const client = new PostHog('phc_project', { host: HOST })
      for (let number = 0; number < 10; number += 1) {
        await Promise.all([round(), round()])
        client.capture({ distinctId: 'somebody', event: 'of the main thread ' + number })
        await client.flush()
      }
      await client.shutdown()
      console.log('done')
    }
    main()`
  const { code, signal, output } = await startChild(script, { host: server.url }).ended()
  assert.deepEqual({ code, signal, output }, { code: 0, signal: null, output: 'done\n' })
  assert.equal(server.taken.length, 10)
})

test('no error of a request tells the token or what is sent', async (t) => {
  const server = await open(t)
  server.acts = [
    { fault: 'refuses' },
    { status: 500, fault: 'breaksOff', body: 'down' },
    { status: 302, headers: { location: 'http://phc_secret_token:x@127.0.0.1:1/phc_secret_token' } },
    { status: 302, headers: { location: 'ftp://phc_secret_token' } },
  ]
  const script = `
    const { inspect } = require('node:util')
    const main = async () => {
      for (const host of [HOST, HOST, 'http://127.0.0.1:1', 'http://phc_secret_token.invalid', 'nothing']) {
        const options = { host, fetchRetryCount: 0, requestTimeout: 300, native: { transport: 'native' } }
        const client = new PostHog('phc_secret_token', options)
        const headers = { Authorization: 'Bearer phs_secret_key' }
        const body = JSON.stringify({ token: 'phc_secret_token', email: 'ada@hedgehog.example' })
        const error = await client.fetch(host + '/?token=phc_secret_token', { method: 'POST', headers, body, signal: AbortSignal.timeout(2000) }).then(
          (answer) => answer.text(), (error) => error).catch((error) => error)
        client.on('error', (error) => console.log(inspect(error, { depth: 9, showHidden: true }).replaceAll(host, '')))
        await client.captureImmediate({ distinctId: 'ada@hedgehog.example', event: 'event' })
        console.log(inspect(error, { depth: 9, showHidden: true }).replaceAll(host, ''))
      }
    }
    main()`
  const { code, output } = await startChild(script, { host: server.url }).ended()
  assert.equal(code, 0, output)
  assert.match(output, /ECONNREFUSED/)
  assert.doesNotMatch(output, /secret|hedgehog/)
})
