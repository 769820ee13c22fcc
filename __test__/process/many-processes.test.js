'use strict'

const assert = require('node:assert/strict')
const { execFile } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')
const { promisify } = require('node:util')

const { DefinitionsServer } = require('../support/definitions-server')
const { flag } = require('../support/flags')

const run = promisify(execFile)

/**
 * The sorted lines that a script printed. Fails unless it ends with code 0, in time.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} script
 */
async function linesOf(t, script) {
  const server = await DefinitionsServer.start()
  t.after(() => server.close())
  server.setDefinitions({ flags: [flag('on')] }, { etag: '"1"' })
  const file = path.join(__dirname, 'support', script)
  const { stdout } = await run(process.execPath, [file, server.url], { timeout: 60_000 })
  return stdout.trim().split('\n').sort()
}

test('the primary and the workers of a cluster have clients of their own, and all end', async (t) => {
  const expected = ['exits [[0,null],[0,null]]', 'primary true', 'worker true', 'worker true']
  assert.deepEqual(await linesOf(t, 'cluster.js'), expected)
})

test('a process forked while a client loads has a client of its own, and both end', async (t) => {
  assert.deepEqual(await linesOf(t, 'fork.js'), ['child true', 'exit [0,null]', 'parent true'])
})
