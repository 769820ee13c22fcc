'use strict'

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')

const { startChild } = require('../support/child')
const { DefinitionsServer } = require('../support/definitions-server')
const { flag } = require('../support/flags')

/** Notes what test runners such as jest take for open handles: what was made and not yet destroyed, by type. */
const SCRIPT = `
  const open = new Map()
  const types = (ids) => [...ids.values()].filter((type) => !/^(PROMISE|TickObject|Immediate|Timeout)$/.test(type))
  require('node:async_hooks').createHook({
    init: (id, type) => open.set(id, type),
    destroy: (id) => open.delete(id),
  }).enable()
  const ours = () => types(open).filter((type) => /PostHog|napi_rs/.test(type)).sort()
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  const provider = {
    shouldFetchFlagDefinitions: () => true,
    getFlagDefinitions() {},
    onFlagDefinitionsReceived() {},
    shutdown() {},
  }
  async function main() {
    const client = new PostHog('phc_project', { ...OPTIONS, EXTRA })
    await client.waitForLocalEvaluationReady()
    console.log('running: ' + ours())
    await client.shutdown()
    for (let turns = 0; turns < 1000 && ours().length > 0; turns++) await turn()
    console.log('left: ' + ours())
    global.client = client
  }
  main()
`

describe('after shutdown a client leaves no handle that a test runner would report', () => {
  for (const [name, extra] of Object.entries({
    'with a provider': 'flagDefinitionCacheProvider: provider',
    'with the native transport': '',
    'with a fetch': 'fetch: (...args) => fetch(...args)',
  })) {
    test(name, async (t) => {
      const server = await DefinitionsServer.start()
      server.setDefinitions({ flags: [flag('on')] })
      t.after(() => server.close())
      const child = startChild(SCRIPT.replace('EXTRA', extra), { host: server.url })
      const { code, output } = await child.ended()
      assert.equal(code, 0, output)
      assert.match(output, /^running: PostHogFeatureFlagsPoller,napi_rs_threadsafe_function$/m)
      assert.match(output, /^left: $/m)
    })
  }
})
