'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { main } = require('../../../cli/main')
const { version } = require('../../../package.json')

/** @param {string[]} argv */
async function run(...argv) {
  const written = { stdout: '', stderr: '' }
  const into = (/** @type {'stdout' | 'stderr'} */ name) =>
    /** @type {any} */ ({ write: (/** @type {string} */ text) => (written[name] += text) })
  const code = await main(argv, { stdout: into('stdout'), stderr: into('stderr'), env: {}, cwd: process.cwd() })
  return { code, ...written }
}

test('help is printed however it is asked for, of all and of each command', async () => {
  const { stdout } = await run('--help')
  assert.match(stdout, /^Usage: posthog-node-native <command>/)
  for (const asked of ['-h', 'help']) {
    assert.deepEqual(await run(asked), { code: 0, stdout, stderr: '' })
  }
  for (const command of ['doctor', 'bench', 'explain']) {
    const long = await run(command, '--help')
    assert.ok(long.stdout.startsWith(`Usage: posthog-node-native ${command}`))
    assert.deepEqual(await run(command, '-h'), long)
    assert.deepEqual([long.code, long.stderr], [0, ''])
  }
})

test('the version is printed however it is asked for', async () => {
  for (const asked of ['--version', '-v']) {
    assert.deepEqual(await run(asked), { code: 0, stdout: `${version}\n`, stderr: '' })
  }
})

test('what is no command is refused, whatever objects inherit', async () => {
  for (const argv of [[], [''], ['toString'], ['--hel'], ['-x']]) {
    const { code, stdout, stderr } = await run(...argv)
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /expected a command of doctor, bench, explain, fetch but received /)
    assert.match(stderr, /\nSee posthog-node-native --help\n$/)
  }
  const { stderr } = await run('explain', '--unknown')
  assert.match(stderr, /\nSee posthog-node-native explain --help\n$/)
})
