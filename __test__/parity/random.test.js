'use strict'

// The bulk run: seeded random documents and contexts, one process per time zone, because a date without a zone is read
// in the local one. PARITY_SEED and PARITY_EVALUATIONS choose the run.

const test = require('node:test')
const assert = require('node:assert/strict')
const path = require('node:path')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const { chooseSeed, chosenEvaluations } = require('./support/seed.js')

const TIME_ZONES = ['UTC', 'America/New_York', 'Asia/Kathmandu']

/** Answers every run must have seen; a generator that lost one of them would compare nothing there. */
const KINDS_OF_ANSWER = [
  'true',
  'false',
  'variant',
  'holdout',
  'payload',
  'error event',
  'remote fallback',
  'no fallback',
  'experience_continuity',
  'unsupported_definition',
  'unresolved_dependency',
  'missing_context',
]

async function run(timeZone, options) {
  const child = spawn(process.execPath, [path.join(__dirname, 'run.js'), ...options], {
    env: { ...process.env, TZ: timeZone },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text))
  const [code] = await once(child, 'close')
  return { code, output }
}

const totalsOf = (output) => JSON.parse(output.trim().split('\n').at(-1))

test('random flags and contexts get the same answers as from posthog-node', { concurrency: 2 }, async (t) => {
  const seed = chooseSeed()
  const evaluations = chosenEvaluations()
  t.diagnostic(`PARITY_SEED=${seed} PARITY_EVALUATIONS=${evaluations}`)
  await Promise.all(
    TIME_ZONES.map((timeZone, index) =>
      t.test(`in ${timeZone}`, async (t) => {
        const share = Math.ceil(evaluations / TIME_ZONES.length)
        const { code, output } = await run(timeZone, [`--seed=${seed}.${index}`, `--evaluations=${share}`])
        assert.equal(code, 0, output)
        const totals = totalsOf(output)
        t.diagnostic(JSON.stringify(totals))
        assert.ok(totals.evaluations >= share)
        if (share < 10_000) {
          return
        }
        for (const kind of KINDS_OF_ANSWER) {
          assert.ok(totals.answers[kind] > 0, `no ${kind} in this run`)
        }
      })
    )
  )
})

test('posthog-node agrees with itself, so a difference is never noise of the comparison', async () => {
  const { code, output } = await run('UTC', ['--seed=1', '--evaluations=5000', '--oracle=none'])
  assert.equal(code, 0, output)
})

for (const fault of ['gt:gte', 'icontains:starts_with', 'is_date_before:is_date_after', 'semver_caret:semver_tilde']) {
  test(`a wrong operator (${fault}) is found and shrunk to one flag with one filter`, async () => {
    const { code, output } = await run('UTC', ['--seed=1', '--evaluations=60000', `--oracle=${fault}`])
    assert.equal(code, 1)
    const [, definitions] = /definitions: ("(?:[^"\\]|\\.)*"),/.exec(output)
    const { flags } = JSON.parse(JSON.parse(definitions))
    assert.equal(flags.length, 1)
    assert.equal(flags[0].filters.groups.length, 1)
    assert.equal(flags[0].filters.groups[0].properties.length, 1)
  })
}
