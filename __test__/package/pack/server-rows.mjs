// Servers: an application of Next.js, built for standalone output, moved away and started; and the examples that need packages.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { cpSync, rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { freePort } from '../../support/free-port.mjs'

/**
 * @typedef {import('./clean-room.mjs').CleanRoom} CleanRoom
 * @typedef {import('./rows.mjs').Expected} Expected
 */

const LIMIT_MS = 30_000

/** What is asked of an example. */
const QUERY = '?user=user-17&plan=pro'

/** @param {string} name */
const example = (name) => fileURLToPath(new URL(`../../../examples/${name}`, import.meta.url))

/**
 * @param {CleanRoom} room in which the fixture `next` is installed
 * @param {Expected} expected
 * @param {string[]} build
 */
export async function runNext(room, { answer }, ...build) {
  cpSync(example('next'), room.folder, { recursive: true })
  rmSync(path.join(room.folder, '.next'), { recursive: true, force: true })
  await room.bin('next', ...build)
  const folder = room.moveOut(path.join('.next', 'standalone'))
  await whileServing(room, folder, ['server.js'], {}, async (ask) => {
    assert.deepEqual(await ask('/flags'), { engine: 'native', ...answer })
    // The client of a library, which imports posthog-node.
    assert.deepEqual(await ask('/library'), { engine: 'native', isOurs: true, ...answer })
    assert.deepEqual(await ask(`/checkout${QUERY}`), exampleAnswer(answer))
  })
}

/** @param {CleanRoom} room @param {Expected} expected */
export async function runExpress(room, { answer }) {
  cpSync(example('express'), path.join(room.folder, 'express'), { recursive: true })
  await whileServing(room, room.folder, ['express/server.mjs'], {}, async (ask) => {
    assert.deepEqual(await ask(`/${QUERY}`), exampleAnswer(answer))
  })
}

/** @param {CleanRoom} room @param {Expected} expected */
export async function runNest(room, { answer }) {
  cpSync(example('nestjs'), path.join(room.folder, 'nestjs'), { recursive: true })
  await room.bin('tsc', '--project', 'nestjs')
  const env = { TSX_TSCONFIG_PATH: path.join(room.folder, 'nestjs', 'tsconfig.json') }
  await whileServing(room, room.folder, ['--import', 'tsx', 'nestjs/main.mts'], env, async (ask) => {
    assert.deepEqual(await ask(`/${QUERY}`), exampleAnswer(answer))
  })
}

/** @param {Expected['answer']} answer */
function exampleAnswer(answer) {
  return { layout: /** @type {any} */ (answer).featureFlags['checkout-layout'], engine: 'native' }
}

/**
 * Starts a server, asks it, and ends it.
 *
 * @param {CleanRoom} room
 * @param {string} folder
 * @param {string[]} args of Node
 * @param {Record<string, string>} env
 * @param {(ask: (path: string) => Promise<unknown>) => Promise<void>} use
 */
async function whileServing(room, folder, args, env, use) {
  const port = await freePort()
  const server = room.start(folder, args, { ...env, PORT: String(port), HOSTNAME: '127.0.0.1' })
  let output = ''
  server.stdout.on('data', (text) => (output += text))
  server.stderr.on('data', (text) => (output += text))
  try {
    await use(async (path) => {
      const response = await responseFrom(`http://127.0.0.1:${port}${path}`, server)
      assert.equal(response.status, 200, output)
      return await response.json()
    })
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
