'use strict'

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')

const { run } = require('./support/command.js')

const FILE = 'examples/project-definitions.json'

/** @param {string} key @param {...string} args */
async function explain(key, ...args) {
  const command = ['explain', key, '--definitions', FILE, '--distinct-id', 'user-17', ...args]
  const { code, stdout } = await run(command)
  const { json } = await run([...command, '--json'])
  return { code, stdout, semantics: json.semantics }
}

const LINE = /\nby the semantics of PostHog's server \(semantics: 'server'\): (.+)\n$/

describe('explain, where the semantics differ', () => {
  it('tells what the flag is by those of the server', async () => {
    const optedIn = await explain('early-access', '--property', '$feature_enrollment/early-access=true')
    assert.deepEqual(optedIn.semantics, { posthogNode: false, server: true })
    assert.equal(LINE.exec(optedIn.stdout)?.[1], 'true')
    const atDesks = await explain('hot-desks', '--property', 'desks=8')
    assert.deepEqual([atDesks.code, atDesks.semantics], [1, { posthogNode: null, server: true }])
    assert.equal(LINE.exec(atDesks.stdout)?.[1], 'true')
  })

  it('says so where the server alone can tell', async () => {
    const { semantics, stdout } = await explain('early-access')
    assert.deepEqual(semantics, { posthogNode: false, server: null })
    assert.equal(LINE.exec(stdout)?.[1], 'left to the network')
    // Whoever has not answered is not enrolled.
    assert.equal((await explain('early-access', '--properties-are-complete')).semantics, undefined)
  })

  it('is silent where they agree', async () => {
    const { code, stdout, semantics } = await explain('dark-mode', '--property', 'theme=dark')
    assert.deepEqual([code, semantics], [0, undefined])
    assert.doesNotMatch(stdout, /semantics/)
  })

  it('reads dates in the time zone of the project', async () => {
    const { code, stderr } = await run([
      'explain',
      'dark-mode',
      '--definitions',
      FILE,
      '--distinct-id',
      'a',
      '--timezone',
      'X',
    ])
    assert.equal(code, 2)
    assert.match(stderr, /expected --timezone to be the IANA name/)
    const { semantics } = await explain(
      'first-customers',
      '--property',
      'signed_up=2024-05-17 11:30',
      '--timezone',
      'Europe/Berlin'
    )
    assert.deepEqual(semantics, { posthogNode: null, server: true })
  })
})
