'use strict'

// Files of definitions that are torn, cut, changed, of others, from the future, older than what is held, or written by several
// at once. Whatever is in the file, clients serve a whole version that was stored, and never an older one than before.

const assert = require('node:assert/strict')
const { randomInt } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')

const { PostHog } = require('../../../index')
const { startChild } = require('../../support/child')
const { closing } = require('../../support/closing')
const { DefinitionsServer } = require('../../support/definitions-server')
const { flag } = require('../../support/flags')
const { temporaryFolder } = require('./support/members')

const FILES = Number(process.env.BAD_FILES ?? 60)
const SEED = Number(process.env.BAD_FILES_SEED ?? randomInt(2 ** 31))
const VERSIONS = 4

/** mulberry32. @param {number} seed */
function createRandom(seed) {
  return (/** @type {number} */ below) => {
    seed = (seed + 0x6d2b79f5) | 0
    let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** Definitions of which each flag tells the version. @param {number} version */
const definitionsOf = (version) => ({
  flags: Array.from({ length: 30 }, (_, index) => flag(`v${version}-${index}`, { filler: 'x'.repeat(200) })),
})

/** The version that a client serves, which has to be a whole one; 0 if none. @param {any} client */
function versionOf(client) {
  const keys = Object.keys(client.localEvaluator.getAllFlags('kari'))
  const versions = new Set(keys.map((key) => Number(/^v(\d+)-/.exec(key)?.[1])))
  assert.ok(versions.size <= 1, `a mixture: ${keys.join()}`)
  assert.ok(keys.length === 0 || keys.length === 30, `${keys.length} flags`)
  return keys.length === 0 ? 0 : Number([...versions][0])
}

/** Has other processes store versions in files, so that nothing of them is known here. @param {string} host @param {string} file */
async function store(host, file) {
  const script = `
    const client = new PostHog('phc_project', { ...OPTIONS, native: { file: ${JSON.stringify(file)} } })
    client.waitForLocalEvaluationReady().then(() => client.reloadFeatureFlags()).then(() => client.shutdown())`
  const { code, output } = await startChild(script, { host }).ended()
  assert.equal(code, 0, output)
}

test(`${FILES} files that are not as they should be`, { timeout: 60_000 + FILES * 500 }, async (t) => {
  t.diagnostic(`BAD_FILES_SEED=${SEED}`)
  const random = createRandom(SEED)
  const server = await DefinitionsServer.start()
  closing(t, server)
  const folder = temporaryFolder(t)
  const file = path.join(folder, 'flags')
  /** @type {Buffer[]} */
  const stored = []
  for (let version = 1; version <= VERSIONS; version++) {
    server.setDefinitions(definitionsOf(version), { etag: `"${version}"` })
    await store(server.url, file)
    stored.push(fs.readFileSync(file))
  }
  server.setDefinitions({ flags: [] })
  const other = path.join(folder, 'other')
  const foreign = await (async () => {
    const another = new PostHog('phc_another', {
      host: server.url,
      secretKey: 'phs_secret',
      featureFlagsPollingInterval: null,
      native: { file: other },
    })
    await another.reloadFeatureFlags()
    await another.shutdown()
    return fs.readFileSync(other)
  })()
  server.setFault({ status: 503 })

  // It follows, for another leads that never writes.
  const open = () => {
    const client = new PostHog('phc_project', { host: server.url, featureFlagsPollingInterval: null, native: { file } })
    /** @type {string[]} */
    const errors = []
    client.on('error', (/** @type {Error} */ error) => errors.push(error.message))
    return { client, errors }
  }
  const pick = () => random(VERSIONS)
  /** @type {Record<string, () => { content: Buffer, good?: number }>} */
  const kinds = {
    torn() {
      const [one, two] = [stored[pick()], stored[pick()]]
      const at = 1 + random(one.length - 1)
      const content = Buffer.concat([one.subarray(0, at), two.subarray(at)])
      const good = stored.findIndex((whole) => whole.equals(content)) + 1
      return { content, good }
    },
    truncated() {
      const whole = stored[pick()]
      return { content: whole.subarray(0, random(whole.length)) }
    },
    changed() {
      const content = Buffer.from(stored[pick()])
      content[random(content.length)] ^= 1 << random(8)
      return { content }
    },
    longer: () => ({ content: Buffer.concat([stored[pick()], Buffer.from('x'.repeat(1 + random(10)))]) }),
    garbage: () => ({ content: Buffer.from(Array.from({ length: random(2000) }, () => random(256))) }),
    empty: () => ({ content: Buffer.alloc(0) }),
    foreign: () => ({ content: foreign }),
    future: () => ({
      content: Buffer.from(stored[pick()].toString('latin1').replace(' 1\n', ` ${2 + random(9)}\n`), 'latin1'),
    }),
    whole() {
      const version = pick()
      return { content: stored[version], good: version + 1 }
    },
  }
  const names = Object.keys(kinds)
  let { client: held, errors: heldErrors } = open()
  await held.reloadFeatureFlags()
  let before = versionOf(held)
  const seen = new Set()
  for (let count = 0; count < FILES; count++) {
    if (count % 20 === 19) {
      await held.shutdown()
      ;({ client: held, errors: heldErrors } = open())
      before = versionOf(held)
    }
    const name = names[random(names.length)]
    const { content, good = 0 } = kinds[name]()
    fs.writeFileSync(file, content, { mode: 0o600 })
    const place = `file ${count}, ${name}, seed ${SEED}`

    const fresh = open()
    const first = versionOf(fresh.client)
    // What is in the file, or nothing; and never anything that was not stored as a whole.
    assert.ok(
      first === good || (good === 0 && name !== 'garbage' && first > 0 && isKnown(content, first)),
      `${place}: ${first}`
    )
    await new Promise((resolve) => process.nextTick(resolve))
    assert.equal(fresh.errors.length, first === 0 ? 1 : 0, `${place}: ${fresh.errors.join()}`)
    await fresh.client.shutdown()

    const errorsBefore = heldErrors.length
    await held.reloadFeatureFlags()
    const now = versionOf(held)
    assert.ok(now >= before, `${place}: ${now} after ${before}`)
    assert.ok(heldErrors.length - errorsBefore <= 1, `${place}: ${heldErrors.slice(errorsBefore).join('\n')}`)
    before = now
    seen.add(name)
  }
  assert.ok(FILES < 50 || seen.size === names.length)
  await held.shutdown()

  /** Whether the head of a file is whole and of a version which this process has compiled: its document is not read then. */
  function isKnown(/** @type {Buffer} */ content, /** @type {number} */ version) {
    const whole = stored[version - 1]
    const head = whole.indexOf('{')
    return content.subarray(0, head).equals(whole.subarray(0, head))
  }
})

test('writers at the same time leave a whole file', { timeout: 60_000 }, async (t) => {
  const server = await DefinitionsServer.start()
  closing(t, server)
  const file = path.join(temporaryFolder(t), 'flags')
  let version = 0
  server.onRequest = () => server.setDefinitions(definitionsOf(1 + (version++ % VERSIONS)))
  // Each leads for a moment, leaves the lead, and takes it again.
  const script = `
    const client = new PostHog('phc_project', { ...OPTIONS, featureFlagsPollingInterval: null, native: { file: ${JSON.stringify(file)} } })
    client.on('error', (error) => console.log(error.message))
    ;(async () => {
      for (let round = 0; round < 20; round++) await client.reloadFeatureFlags()
      await client.shutdown()
    })()`
  const writers = Array.from({ length: 4 }, () => startChild(script, { host: server.url }).ended())
  let isOver = false
  void Promise.all(writers).then(() => (isOver = true))
  let reads = 0
  while (!isOver) {
    const client = new PostHog('phc_project', { host: server.url, native: { file } })
    const errors = []
    client.on('error', (/** @type {Error} */ error) => errors.push(error.message))
    versionOf(client)
    await new Promise(setImmediate)
    assert.deepEqual(errors, [])
    await client.shutdown()
    reads++
  }
  for (const { code, output } of await Promise.all(writers)) {
    assert.deepEqual({ code, output }, { code: 0, output: '' })
  }
  t.diagnostic(`${reads} reads`)
  assert.ok(reads > 10)
})
