'use strict'

const assert = require('node:assert/strict')
const { execFile } = require('node:child_process')
const path = require('node:path')
const { describe, test } = require('node:test')
const { promisify } = require('node:util')

const { SECRETS, secretsIn } = require('./support/secrets')

const run = promisify(execFile)

/** @param {...string} args */
async function outputOf(...args) {
  const script = path.join(__dirname, 'support', 'talkative.js')
  const { stdout, stderr } = await run(process.execPath, [script, ...args], { maxBuffer: 2 ** 28, timeout: 60_000 })
  return { stdout, stderr }
}

describe('neither keys nor properties of persons are printed or part of an error, whatever goes wrong with debug on', () => {
  const transports = { native: 'the native transport', fetch: "the process's fetch", user: "the user's fetch" }
  for (const [transport, title] of Object.entries(transports)) {
    test(`over ${title}`, async () => {
      const { stdout, stderr } = await outputOf(transport)
      const lines = `${stdout}\n${stderr}`.split('\n')
      const leaks = lines.filter((line) => secretsIn(line).length > 0)
      assert.deepEqual(leaks, [])
      // It did talk, about all that went wrong.
      for (const sign of [
        /error event.*ClientError/,
        /quota limit exceeded/,
        /no Redis/,
        /did not settle/,
        /\[FEATURE FLAGS\]/,
      ]) {
        assert.match(stdout + stderr, sign)
      }
    })
  }
})

describe('that test notices', () => {
  test('leaks through stdout, stderr and an error event', async () => {
    const { stdout, stderr } = await outputOf('native', 'leak')
    const found = (/** @type {string} */ output) => output.split('\n').flatMap(secretsIn)
    assert.deepEqual(new Set(found(stdout)), new Set(['projectToken', 'secretKey']))
    assert.deepEqual(new Set(found(stderr)), new Set(['personProperty']))
  })

  test('secrets in base64, at any offset', () => {
    for (const before of ['', 'a', 'ab', 'abc', 'abcd']) {
      for (const [name, secret] of Object.entries(SECRETS)) {
        assert.deepEqual(secretsIn(Buffer.from(`${before}${secret}!`).toString('base64')), [name])
      }
    }
  })
})
