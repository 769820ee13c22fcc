// The examples that need no other packages, each by its one command. The others are run by `npm run test:pack`.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import path from 'node:path'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { RedisServer, skip } from '../sharing/redis/support/redis-server.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** @param {string} name @param {Record<string, string>} [env] */
async function runExample(name, env) {
  const command = ['--import', 'tsx', path.join('examples', 'run.mts'), name]
  const options = { cwd: root, env: { ...process.env, ...env }, timeout: 60_000 }
  const { stdout, stderr } = await promisify(execFile)(process.execPath, command, options)
  assert.equal(stderr, '')
  return stdout.trim().split('\n')
}

it('the example of worker threads evaluates in each thread with the definitions of the main thread', async () => {
  const answers = await runExample('worker-threads')
  assert.deepEqual(
    answers.map((line) => JSON.parse(line)),
    [
      { thread: 1, user: 'user-17', layout: 'wide' },
      { thread: 2, user: 'user-18', layout: 'wide' },
    ]
  )
})

it('the example of a Lambda handler answers', async () => {
  const [answer] = await runExample('lambda')
  assert.deepEqual(JSON.parse(answer), { statusCode: 200, body: '{"layout":"wide","engine":"native"}' })
})

it(
  'the example of node:cluster answers with definitions from Redis, and all its processes end',
  { skip },
  async (t) => {
    const redis = await RedisServer.start()
    t.after(() => redis.close())
    const lines = await runExample('cluster', { REDIS_URL: `redis://127.0.0.1:${redis.port}` })
    const answers = lines.filter((line) => !line.startsWith('http://'))
    assert.deepEqual(
      answers.map((line) => JSON.parse(line)),
      [{ layout: 'wide', engine: 'native' }]
    )
  }
)

it('an unknown example is told the names of all', async () => {
  await assert.rejects(runExample('expres'), ({ code, stderr }) => {
    assert.equal(code, 2)
    assert.match(stderr, /expected one of: cluster, express, lambda, nestjs, worker-threads\. Received: expres/)
    return true
  })
})
