'use strict'

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')

const { closing } = require('../../support/closing')
const { DefinitionsServer } = require('../../support/definitions-server')
const { NATIVE, STOCK, flag } = require('../../support/observe')

/** How many requests for definitions a `fetch` has seen, and with which headers. */
function countingFetch({ status = 200, body = { flags: [flag('on')] } } = {}) {
  /** @type {any[]} */
  const requests = []
  const fetch = async (/** @type {string} */ url, /** @type {any} */ options) => {
    if (!url.includes('/flags/definitions')) return new Response('{}')
    requests.push({ url, headers: { ...options.headers }, method: options.method })
    return new Response(status === 304 ? null : JSON.stringify(body), {
      status,
      headers: { ETag: `"${requests.length}"` },
    })
  }
  return { fetch, requests }
}

describe('a request through a fetch is made at once, as by posthog-node', () => {
  test('by the constructor and by each reload, after a shutdown too, once each', async () => {
    /** @param {any} PostHog */
    const run = async (PostHog) => {
      const { fetch, requests } = countingFetch()
      const counts = []
      const client = new PostHog('phc_project', { host: 'http://127.0.0.1:1', secretKey: 'phs_secret', fetch })
      counts.push(requests.length)
      await client.reloadFeatureFlags()
      counts.push(requests.length)
      const reloads = [client.reloadFeatureFlags(), client.reloadFeatureFlags()]
      counts.push(requests.length)
      await Promise.all(reloads)
      counts.push(requests.length)
      await client.shutdown()
      const last = client.reloadFeatureFlags()
      counts.push(requests.length)
      await last
      counts.push(requests.length)
      return { counts, requests, value: await client.getFeatureFlag('on', 'a', { sendFeatureFlagEvents: false }) }
    }
    const native = await run(NATIVE)
    assert.deepEqual(native.counts, [1, 1, 2, 2, 3, 3])
    assert.deepEqual(native, await run(STOCK))
  })

  test('by a call of an evaluation while nothing is loaded', async () => {
    /** @param {any} PostHog */
    const run = async (PostHog) => {
      const { fetch, requests } = countingFetch({ status: 500 })
      const options = { host: 'http://127.0.0.1:1', secretKey: 'phs_secret', fetch, featureFlagsPollingInterval: null }
      const client = new PostHog('phc_project', options)
      await client.reloadFeatureFlags()
      const before = requests.length
      const answer = client.getAllFlags('somebody', { onlyEvaluateLocally: true })
      const after = requests.length
      await answer
      await client.shutdown()
      return [before, after, requests.length]
    }
    assert.deepEqual(await run(NATIVE), await run(STOCK))
  })

  test("through the process's own fetch, which may be a mock", async (t) => {
    const { fetch, requests } = countingFetch()
    t.mock.method(globalThis, 'fetch', fetch)
    const client = closing(
      t,
      new NATIVE('phc_project', {
        host: 'http://127.0.0.1:1',
        secretKey: 'phs_secret',
        native: { transport: 'fetch' },
      })
    )
    assert.equal(requests.length, 1)
    assert.equal(await client.waitForLocalEvaluationReady(), true)
    assert.equal(requests.length, 1)
  })

  test('and once, although the environment says so only after the client was made', async (t) => {
    const { fetch, requests } = countingFetch()
    t.mock.method(globalThis, 'fetch', fetch)
    const server = await DefinitionsServer.start()
    server.setDefinitions({ flags: [flag('on')] })
    const { NODE_TLS_REJECT_UNAUTHORIZED: before } = process.env
    t.after(async () => {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before
      await server.close()
    })
    const client = closing(t, new NATIVE('phc_project', { host: server.url, secretKey: 'phs_secret' }))
    assert.equal(await client.waitForLocalEvaluationReady(), true)
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
    await client.reloadFeatureFlags()
    await client.shutdown()
    const asked = server.requests.filter(({ path }) => path.includes('/flags/definitions'))
    assert.equal(asked.length + requests.length, 2)
  })

  for (const [failure, fetch] of Object.entries({
    throws: () => {
      throw new Error('no network')
    },
    rejects: () => Promise.reject(new Error('no network')),
    'returns nothing': () => undefined,
  })) {
    test(`and if the fetch ${failure}, the listeners of a new client hear of it, once`, async (t) => {
      /** @type {string[]} */
      const errors = []
      const client = closing(
        t,
        new NATIVE('phc_project', { host: 'http://127.0.0.1:1', secretKey: 'phs_secret', fetch })
      )
      client.on('error', (/** @type {Error} */ error) => errors.push(error.message))
      await client.reloadFeatureFlags()
      assert.equal(errors.length, 1)
      assert.match(errors[0], /^Failed to load feature flags: /)
    })
  }

  test('and aborted by a shutdown that nobody holds up', async (t) => {
    /** @type {AbortSignal | undefined} */
    let signal
    const fetch = (/** @type {string} */ _, /** @type {any} */ options) => {
      signal = options.signal
      return new Promise(() => {})
    }
    const client = closing(t, new NATIVE('phc_project', { host: 'http://127.0.0.1:1', secretKey: 'phs_secret', fetch }))
    assert.equal(signal?.aborted, false)
    await client.shutdown()
    assert.equal(signal?.aborted, true)
  })
})

test('loadFeatureFlags is a promise, also of a poller that has loaded or may not load, as of posthog-node', async (t) => {
  for (const PostHog of [STOCK, NATIVE]) {
    for (const status of [200, 401]) {
      const { fetch } = countingFetch({ status })
      const client = new PostHog('phc_project', { host: 'http://127.0.0.1:1', secretKey: 'phs_secret', fetch })
      closing(t, client)
      client.on('error', () => {})
      for (let load = 0; load < 2; load += 1) {
        const promise = client.featureFlagsPoller.loadFeatureFlags()
        assert.ok(promise instanceof Promise)
        assert.equal(await promise, undefined)
      }
    }
  }
})
