'use strict'

// The bulk run: seeded random documents and contexts, one process per time zone, because a date without a zone is read
// in the local one. PARITY_SEED and PARITY_EVALUATIONS choose the run.

const { after, test } = require('node:test')
const assert = require('node:assert/strict')
const os = require('node:os')
const path = require('node:path')
const { mkdtempSync, readdirSync, rmSync } = require('node:fs')
const { chooseSeed, chosenEvaluations } = require('./support/seed.js')
const { run, TIME_ZONES } = require('./support/runs.js')
const { sum } = require('./support/tally.js')
const { shortcomingsOf } = require('./support/thoroughness.js')
const { readCase } = require('./support/case-file.js')
const { compareCase } = require('./support/compare.js')
const { contenders } = require('./support/native.js')
const { FAULTS, withFault } = require('./support/fault.js')

const zones = TIME_ZONES.slice(0, 3)

test('random flags and contexts get the same answers as from posthog-node', { concurrency: true }, async (t) => {
  const seed = chooseSeed()
  const evaluations = chosenEvaluations()
  t.diagnostic(`PARITY_SEED=${seed} PARITY_EVALUATIONS=${evaluations}`)
  let all = {}
  await Promise.all(
    zones.map((timeZone, index) =>
      t.test(`in ${timeZone}`, async () => {
        const share = Math.ceil(evaluations / zones.length)
        const { code, output, totals } = await run(timeZone, [`--seed=${seed}.${index}`, `--evaluations=${share}`])
        assert.equal(code, 0, output)
        assert.ok(totals.evaluations >= share)
        all = sum(all, totals)
      })
    )
  )
  t.diagnostic(JSON.stringify({ compared: all.compared, answers: all.answers, projects: all.projects }))
  assert.deepEqual(shortcomingsOf(all), [])
})

test('posthog-node agrees with itself, so a difference is never noise of the comparison', async () => {
  const { code, output } = await run('UTC', ['--seed=1', '--evaluations=5000', '--oracle=none'])
  assert.equal(code, 0, output)
})

const WRONG_OPERATORS = ['gt:gte', 'icontains:starts_with', 'is_date_before:is_date_after', 'semver_caret:semver_tilde']

const faults = [...WRONG_OPERATORS, ...Object.keys(FAULTS)]
/** By the fault. @type {Map<string, { folder: string, ended: ReturnType<typeof run> }>} */
const searches = new Map()
after(() => searches.forEach(({ folder }) => rmSync(folder, { recursive: true })))

/**
 * Has a process look for a fault, if none does or has done so.
 *
 * @param {string | undefined} fault
 */
function search(fault) {
  if (fault === undefined || searches.has(fault)) {
    return
  }
  const folder = mkdtempSync(path.join(os.tmpdir(), 'parity-cases-'))
  const args = ['--seed=1', '--evaluations=60000', `--oracle=${fault}`, `--cases=${folder}`]
  searches.set(fault, { folder, ended: run('UTC', args) })
}

for (const [index, fault] of faults.entries()) {
  test(`a fault (${fault}) is found, made small and written down`, async (t) => {
    // The next one is looked for at the same time: a machine has more than one processor.
    search(fault)
    search(faults[index + 1])
    const { folder, ended } = searches.get(fault) ?? assert.fail()
    const { code, output } = await ended
    assert.equal(code, 1, output)
    const [file, ...others] = readdirSync(folder)
    assert.deepEqual(others, [])
    const { testCase } = readCase(path.join(folder, file))
    const conditions = testCase.definitions.flags.flatMap(({ filters }) => filters?.groups ?? [])
    const filters = conditions.flatMap(({ properties }) => properties ?? [])
    assert.ok(testCase.definitions.flags.length <= 2 && conditions.length <= 2 && filters.length <= 2, output)
    t.mock.method(console, 'warn', () => {})
    // Replayed from the file, it tells the fault from what is right.
    assert.ok((await compareCase(testCase, withFault(fault))).difference)
    assert.equal((await compareCase(testCase, contenders[0])).difference, undefined)
  })
}
