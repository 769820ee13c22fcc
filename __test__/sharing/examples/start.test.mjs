// The examples of starting, surviving and sharing, run as they stand.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const require = createRequire(import.meta.url)
const { DefinitionsServer } = require('../../support/definitions-server.js')
const { flag } = require('../../support/flags.js')

const EXAMPLES = fileURLToPath(new URL('../../../examples/start/', import.meta.url))
const run = promisify(execFile)

/** A server, a folder, and what runs an example with them. */
async function open(t) {
  const server = await DefinitionsServer.start()
  const folder = mkdtempSync(path.join(os.tmpdir(), 'posthog-start-'))
  t.after(async () => {
    await server.close()
    rmSync(folder, { recursive: true })
  })
  server.setDefinitions({ flags: [flag('first')] })
  const env = { ...process.env, POSTHOG_HOST: server.url, POSTHOG_SECRET_KEY: 'phs_secret' }
  const example = async (name, args = [], more = {}) => {
    const { stdout, stderr } = await run(process.execPath, [path.join(EXAMPLES, name), ...args], {
      env: { ...env, ...more },
      timeout: 60_000,
    })
    assert.equal(stderr, '')
    return stdout.trim().split('\n')
  }
  return { server, folder, example }
}

test('an offline client has its flags at once, asks nothing and ends by itself', async (t) => {
  const { server, folder, example } = await open(t)
  const file = path.join(folder, 'flags.json')
  writeFileSync(file, JSON.stringify({ flags: [flag('given')] }))
  assert.deepEqual(await example('bootstrap.mjs', [file]), ['ready: true', '{ given: true }'])
  assert.deepEqual(server.requests, [])
})

test('with a file the second process is ready at once, also while the server is down', async (t) => {
  const { server, folder, example } = await open(t)
  const file = path.join(folder, 'posthog-flags')
  assert.deepEqual(await example('file.mjs', [file]), ['ready: false', '{ first: true }'])
  assert.deepEqual(await example('file.mjs', [file]), ['ready: true', '{ first: true }'])
  await server.close()
  // What cannot be loaded is an error event, unless the process has ended by then.
  assert.deepEqual(await example('file.mjs', [file]), ['ready: true', '{ first: true }'])
})

test('clients of all threads share one request', async (t) => {
  const { server, example } = await open(t)
  assert.deepEqual(await example('shared.mjs'), Array(3).fill('ready: true { first: true }'))
  assert.equal(server.definitionRequests.length, 1)
})

test('polling rests, and is woken by an evaluation', async (t) => {
  const { server, example } = await open(t)
  server.onAnswer = () => {
    const asked = server.definitionRequests.length
    if (asked >= 2) server.setDefinitions({ flags: [flag('later')] })
  }
  const lines = await example('idle.mjs', [], { IDLE_AFTER_MS: '1000', POLLING_INTERVAL_MS: '400' })
  assert.equal(lines.length, 2)
  assert.match(lines[0], /^held: \{ \w+: true \}$/)
  assert.equal(lines[1], 'then: { later: true }')
})
