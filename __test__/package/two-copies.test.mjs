import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { ADDON, PackageCopy, readAddon, root } from './support/package-copy.mjs'

const run = promisify(execFile)

/** Uses two installed copies, each by `require` and by `import`, in one process. */
const program = (/** @type {string[]} */ folders) => `
  import { createRequire } from 'node:module'
  import { pathToFileURL } from 'node:url'
  const require = createRequire(process.cwd() + '/x.js')
  const copies = []
  for (const folder of ${JSON.stringify(folders)}) {
    copies.push(require(folder + '/index.js'), await import(pathToFileURL(folder + '/index.mjs').href))
  }
  const cached = {
    flags: ['a', 'b'].map((key) => ({
      key,
      active: true,
      filters: {
        groups: [{ properties: [{ key: 'plan', operator: 'exact', value: key, type: 'person' }], rollout_percentage: 100 }],
        payloads: { true: '{"of":["' + key + '"]}' },
      },
    })),
  }
  const provider = () => ({
    shouldFetchFlagDefinitions: () => false,
    getFlagDefinitions: () => cached,
    onFlagDefinitionsReceived() {},
    shutdown() {},
  })
  const clients = copies.map(
    ({ PostHog }) =>
      new PostHog('phc_x', {
        host: 'http://127.0.0.1:9',
        featureFlagsPollingInterval: null,
        flagDefinitionCacheProvider: provider(),
        native: { engine: 'native' },
      })
  )
  const seen = []
  // In turns, so that whatever the copies share would be used by one amid the other.
  for (let round = 0; round < 200; round += 1) {
    for (const [index, client] of clients.entries()) {
      await client.waitForLocalEvaluationReady(10_000)
      const options = { personProperties: { plan: round % 2 ? 'a' : 'b' }, onlyEvaluateLocally: true }
      const all = await client.getAllFlagsAndPayloads('kari', options)
      const evaluator = new copies[index].LocalEvaluator(cached)
      const expected = { a: round % 2 === 1, b: round % 2 === 0 }
      const found = [all.featureFlags, evaluator.getAllFlags('kari', options), client.localEvaluator.getAllFlags('kari', options)]
      for (const flags of found) {
        if (flags.a !== expected.a || flags.b !== expected.b) {
          throw new Error('a wrong answer in round ' + round + ' of copy ' + index)
        }
      }
    }
  }
  // A client, or flags of it, given to another copy is what it is.
  const kinds = copies.map(({ PostHog }) => clients.map((client) => client instanceof PostHog))
  await Promise.all(clients.map((client) => client.shutdown()))
  const addons = process.report.getReport().sharedObjects.filter((file) => file.endsWith('.node'))
  console.log(JSON.stringify({ kinds, engines: clients.map((client) => client.localEvaluationEngine), addons: addons.length }))
`

test('two copies of the package, each by require and by import, work side by side in one process', async (t) => {
  const copies = [new PackageCopy({ [ADDON]: readAddon() }), new PackageCopy({ [ADDON]: readAddon() })]
  t.after(() => copies.forEach((copy) => copy.remove()))
  const folders = copies.map(({ folder }) => folder)
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program(folders)], {
    cwd: root,
    timeout: 60_000,
  })
  const { kinds, engines, addons } = JSON.parse(stdout)
  assert.deepEqual(engines, ['native', 'native', 'native', 'native'])
  assert.deepEqual(
    kinds,
    [0, 1, 2, 3].map((one) => [0, 1, 2, 3].map((other) => one === other))
  )
  assert.equal(addons, 2)
})
