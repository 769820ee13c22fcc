'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { setTimeout: sleep } = require('node:timers/promises')

const { closing } = require('../../support/closing')
const { DefinitionsServer } = require('../../support/definitions-server')
const { flag } = require('../../support/flags')
const { Member, temporaryFolder } = require('./support/members')

const INTERVAL_MS = 1000
const PROCESSES = 8

/** @param {import('node:test').TestContext} t */
async function open(t) {
  const server = await DefinitionsServer.start()
  closing(t, server)
  server.setDefinitions({ flags: [flag('first')] }, { etag: '"1"' })
  const file = path.join(temporaryFolder(t), 'posthog-flags')
  const options = {
    host: server.url,
    secretKey: 'phs_secret',
    featureFlagsPollingInterval: INTERVAL_MS,
    native: { file },
  }
  const start = (/** @type {object} */ more = {}) => new Member(t, { ...options, ...more })
  return { server, file, start }
}

/** @param {Member[]} members @param {string} key */
const allHave = (members, key) => Promise.all(members.map((member) => member.said(({ flags }) => flags.includes(key))))

/** @param {Member[]} members */
const leadersOf = async (members) => {
  const states = await Promise.all(members.map((member) => member.state()))
  return members.filter((_, index) => states[index].role === 'leader')
}

test(
  '8 processes ask as one, and another takes over at once when the leader is killed',
  { timeout: 120_000 },
  async (t) => {
    const { server, file, start } = await open(t)
    const members = Array.from({ length: PROCESSES }, () => start())
    await allHave(members, 'first')
    const [leader, ...more] = await leadersOf(members)
    assert.deepEqual(more, [])
    assert.ok(leader)

    await t.test('one request in each interval', async () => {
      const before = server.definitionRequests.length
      await sleep(5 * INTERVAL_MS)
      const asked = server.definitionRequests.length - before
      assert.ok(asked >= 4 && asked <= 6, `${asked} requests in 5 intervals`)
    })

    await t.test('what changes is with all of them without a request of theirs', async () => {
      server.setDefinitions({ flags: [flag('second')] }, { etag: '"2"' })
      await allHave(members, 'second')
      const sources = await Promise.all(members.map(async (member) => (await member.state()).source))
      assert.deepEqual([...new Set(sources)].sort(), ['file', 'network'])
      assert.equal(sources.filter((source) => source === 'network').length, 1)
    })

    await t.test('kill -9 of the leader', async () => {
      const before = server.definitionRequests.length
      const killedAt = performance.now()
      await leader.kill()
      await server.definitionRequest(before + 1)
      const took = performance.now() - killedAt
      t.diagnostic(
        `another asked ${Math.round(took)} ms after the leader was killed; the interval is ${INTERVAL_MS} ms`
      )
      const others = members.filter((member) => member !== leader)
      assert.equal((await leadersOf(others)).length, 1)
      await sleep(2 * INTERVAL_MS)
      const asked = server.definitionRequests.length - before
      assert.ok(asked <= 4, `${asked} requests in about 3 intervals`)
      // Nobody was ever without flags once it had some.
      for (const { lines } of others) {
        const first = lines.findIndex(({ ready }) => ready)
        assert.ok(lines.slice(first).every(({ ready, flags }) => ready && flags.length > 0))
      }
      await Promise.all(others.map((member) => member.kill()))
    })

    await t.test('all start ready although the server is down', async () => {
      server.setFault({ status: 503 })
      const restarted = Array.from({ length: PROCESSES }, () => start())
      const made = await Promise.all(restarted.map((member) => member.said(({ what }) => what === 'made')))
      for (const { ready, flags, source } of made) {
        assert.deepEqual({ ready, flags, source }, { ready: true, flags: ['second'], source: 'file' })
      }
      await Promise.all(restarted.map((member) => member.kill()))
    })

    await t.test('the file is its own, without a key, and nothing else is left', () => {
      const content = fs.readFileSync(file, 'latin1')
      assert.doesNotMatch(content, /phc_project|phs_secret|127\.0\.0\.1/)
      assert.deepEqual(fs.readdirSync(path.dirname(file)).sort(), ['posthog-flags', 'posthog-flags.lock'])
      if (process.platform !== 'win32') {
        assert.equal(fs.statSync(file).mode & 0o777, 0o600)
      }
    })
  }
)

test('a client that is shut down leaves the lead to another process', { timeout: 60_000 }, async (t) => {
  const { server, start } = await open(t)
  const leader = start()
  await allHave([leader], 'first')
  const follower = start()
  await follower.said(({ role }) => role === 'follower')
  leader.child.stdin.write('shutdown\n')
  await leader.said(({ what }) => what === 'shut down')
  const before = server.definitionRequests.length
  await server.definitionRequest(before + 1)
  assert.deepEqual((await leadersOf([leader, follower]))[0], follower)
})

test('a process without a key reads what others store', { timeout: 60_000 }, async (t) => {
  const { server, start } = await open(t)
  const reader = start({ secretKey: undefined })
  assert.equal((await reader.said(({ what }) => what === 'made')).ready, false)
  const leader = start()
  await allHave([leader, reader], 'first')
  assert.equal((await leadersOf([leader, reader]))[0], leader)
  server.setDefinitions({ flags: [flag('second')] }, { etag: '"2"' })
  await allHave([reader], 'second')
})

test('a leader whose key is refused leaves the lead to one whose key is not', { timeout: 60_000 }, async (t) => {
  const { server, start } = await open(t)
  server.scriptFor('phs_refused', ...Array.from({ length: 50 }, () => ({ status: 401 })))
  const refused = start({ secretKey: 'phs_refused' })
  await refused.said(({ what }) => what === 'error')
  const other = start()
  await allHave([refused, other], 'first')
})

test('a process whose project is another than that of the file is on its own', { timeout: 60_000 }, async (t) => {
  const { server, file, start } = await open(t)
  const leader = start()
  await allHave([leader], 'first')
  const content = fs.readFileSync(file)
  const other = start({ host: server.url.replace('127.0.0.1', 'localhost') })
  await allHave([other], 'first')
  assert.equal((await other.state()).role, undefined)
  const before = server.definitionRequests.length
  await sleep(5 * INTERVAL_MS)
  const asked = server.definitionRequests.length - before
  assert.ok(asked >= 8 && asked <= 12, `${asked} requests of two processes in 5 intervals`)
  assert.equal(other.lines.filter(({ what }) => what === 'error').length, 1)
  assert.equal(other.output.match(/cannot be shared: it has the flag definitions of another project/g)?.length, 1)
  assert.deepEqual(fs.readFileSync(file), content)
  await leader.kill()
  while ((await other.state()).role !== 'leader') await sleep(50)
  await other.kill()
})

test('a lock file that is removed leaves one leader', { timeout: 60_000 }, async (t) => {
  const { server, file, start } = await open(t)
  const members = Array.from({ length: 3 }, () => start())
  await allHave(members, 'first')
  fs.rmSync(`${file}.lock`)
  await sleep(2 * INTERVAL_MS)
  const before = server.definitionRequests.length
  await sleep(4 * INTERVAL_MS)
  const asked = server.definitionRequests.length - before
  assert.ok(asked >= 3 && asked <= 5, `${asked} requests in 4 intervals`)
  assert.equal((await leadersOf(members)).length, 1)
  await Promise.all(members.map((member) => member.kill()))
})

test('one process asks although the server wants to be left alone', { timeout: 60_000 }, async (t) => {
  const { server, start } = await open(t)
  const members = Array.from({ length: 4 }, () => start())
  await allHave(members, 'first')
  const before = server.definitionRequests.length
  server.setFault({ status: 429, headers: { 'Retry-After': '3600' }, body: '{}' })
  await server.definitionRequest(before + 1)
  await sleep(4 * INTERVAL_MS)
  assert.equal(server.definitionRequests.length, before + 1)
  assert.equal((await leadersOf(members)).length, 1)
})

test(
  'a quota that is used up takes the flags of all, also of those that start, until there are some',
  { timeout: 60_000 },
  async (t) => {
    const { server, start } = await open(t)
    const members = Array.from({ length: 3 }, () => start())
    await allHave(members, 'first')
    server.setFault({ status: 402 })
    for (const member of members) {
      while ((await member.state()).ready) await sleep(20)
    }
    const late = start()
    assert.equal((await late.said(({ what }) => what === 'made')).ready, false)
    await sleep(2 * INTERVAL_MS)
    assert.equal((await late.state()).ready, false)
    assert.match(late.output, /quota limit exceeded/)
    server.setFault(undefined)
    await allHave([late], 'first')
    for (const member of members) {
      while (!(await member.state()).ready) await sleep(20)
    }
    assert.equal((await leadersOf([...members, late])).length, 1)
    await Promise.all([...members, late].map((member) => member.kill()))
  }
)
