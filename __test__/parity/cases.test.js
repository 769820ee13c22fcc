'use strict'

// What the random run once found, and the smallest case for each fault it is proved to find: all are replayed.

const test = require('node:test')
const assert = require('node:assert/strict')
const path = require('node:path')
const { readdirSync } = require('node:fs')
const { readCase } = require('./support/case-file.js')
const { compareCase } = require('./support/compare.js')
const { contenders } = require('./support/native.js')
const { show } = require('./support/report.js')

const folder = path.join(__dirname, 'cases')
const files = readdirSync(folder).filter((file) => file.endsWith('.json'))

test('there are cases', () => assert.notEqual(files.length, 0))

for (const file of files) {
  const { about, timeZone, testCase } = readCase(path.join(folder, file))
  test(`${file}: ${about}`, async (t) => {
    t.mock.method(console, 'warn', () => {})
    const timeZoneBefore = process.env.TZ
    // Node reads dates anew from here on; tests of one file run one after the other.
    process.env.TZ = timeZone
    t.after(() => {
      if (timeZoneBefore === undefined) delete process.env.TZ
      else process.env.TZ = timeZoneBefore
    })
    for (const contender of contenders) {
      const { difference, rejected, evaluations } = await compareCase(testCase, contender)
      assert.equal(difference, undefined, `${contender.name}: ${show(difference)}`)
      assert.ok(!rejected && evaluations > 0, 'posthog-node compares nothing here')
    }
  })
}
