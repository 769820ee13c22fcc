'use strict'

// Regular expressions that cost little to write and much to run. Each is answered, and what they take while they are in use
// stays within what the document as a whole may take.

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const path = require('node:path')
const { it } = require('node:test')

/** As text, for it runs in a process of its own. */
const grow = (/** @type {string} */ pattern, /** @type {number} */ count) => `
  const { LocalEvaluator } = require(${JSON.stringify(path.join(__dirname, '../..'))})
  const pattern = ${pattern}
  const flags = Array.from({ length: ${count} }, (_, number) => ({
    key: 'flag-' + number,
    active: true,
    filters: {
      groups: [{ properties: [{ key: 'text', type: 'person', operator: 'regex', value: pattern(number) }] }],
    },
  }))
  const evaluator = new LocalEvaluator(JSON.stringify({ flags, cohorts: {}, group_type_mapping: {} }))
  let state = 7
  const letter = () => 'ab'[((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 30) & 1]
  const ask = (length) => {
    const text = Array.from({ length }, letter).join('')
    return evaluator.getAllFlags('user', { personProperties: { text } })
  }
  ask(1)
  const before = process.memoryUsage().rss
  let answered = 0
  for (let call = 0; call < 8; call++) answered += Object.keys(ask(1000)).length
  console.log(JSON.stringify({ answered, grown: process.memoryUsage().rss - before }))
`

const PATTERNS = {
  'a table that doubles with each letter of the pattern': '(number) => "[ab]*a[ab]{12}x" + number',
  'the same with groups and alternatives': '(number) => "(?:a|b)*a(?:a|b){14}(?:x|y)" + number',
  'many counts': '(number) => "\\\\w{50}-" + number',
  'what is looked for from the end': '(number) => "(?:.*a.{9}b|.*b.{8}a)" + number + "$"',
}

for (const [name, pattern] of Object.entries(PATTERNS)) {
  it(`patterns do not take memory by being used: ${name}`, () => {
    const source = grow(pattern, 300)
    const child = spawnSync(process.execPath, ['-e', source], { encoding: 'utf8', timeout: 120_000 })
    assert.equal(child.status, 0, child.stderr)
    const { answered, grown } = JSON.parse(child.stdout)
    assert.equal(answered, 8 * 300)
    assert.ok(grown < 64 * 1024 * 1024, `grew by ${grown} bytes`)
  })
}
