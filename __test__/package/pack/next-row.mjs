// A Next.js application, built for standalone output, moved away and started.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { freePort } from '../../support/free-port.mjs'

const LIMIT_MS = 30_000

/**
 * @param {import('./clean-room.mjs').CleanRoom} room in which the fixture `next` is installed
 * @param {import('./rows.mjs').Expected} expected
 */
export async function runNext(room, { answer }) {
  await room.bin('next', 'build')
  const folder = room.moveOut(path.join('.next', 'standalone'))
  const port = await freePort()
  const server = room.start(folder, ['server.js'], { PORT: String(port), HOSTNAME: '127.0.0.1' })
  let output = ''
  server.stdout.on('data', (text) => (output += text))
  server.stderr.on('data', (text) => (output += text))
  try {
    const response = await responseFrom(`http://127.0.0.1:${port}/flags`, server)
    assert.equal(response.status, 200, output)
    assert.deepEqual(await response.json(), { engine: 'native', ...answer })
    assert.doesNotMatch(output, /posthog/i)
  } finally {
    if (server.exitCode === null) {
      const ended = once(server, 'exit')
      server.kill()
      await ended
    }
  }
}

/**
 * @param {string} url
 * @param {import('node:child_process').ChildProcess} server
 */
async function responseFrom(url, server) {
  const end = performance.now() + LIMIT_MS
  for (;;) {
    try {
      return await fetch(url)
    } catch (error) {
      if (server.exitCode !== null || performance.now() > end) {
        throw error
      }
      // Nothing says when a server listens but that it answers.
      await sleep(50)
    }
  }
}
