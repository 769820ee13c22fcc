'use strict'

// A value of many megabytes takes memory while it is looked at, and no longer.

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const { join } = require('node:path')
const { describe, it } = require('node:test')

const MEGABYTE = 1024 * 1024

/** What may be kept, in bytes. */
const LIMIT = 24 * MEGABYTE

/** Expressions of a call whose value takes so many bytes, given as `size`. @type {Record<string, string>} */
const CALLS = {
  'a property of plain text': `['kari', { personProperties: { p: 'x'.repeat(size) } }]`,
  'a property in capital letters': `['kari', { personProperties: { p: 'X'.repeat(size) } }]`,
  'a property beyond ASCII': `['kari', { personProperties: { p: 'é'.repeat(size / 2) } }]`,
  'a property that ends in half a character': `['kari', { personProperties: { p: 'é'.repeat(size / 2) + '\\ud83d' } }]`,
  'a property of bytes': `['kari', { personProperties: { p: Buffer.alloc(size, 'x') } }]`,
  'a property that has a text': `['kari', { personProperties: { p: { toString: () => 'x'.repeat(size) } } }]`,
  'a property that throws a text': `['kari', { personProperties: { p: { toString() { throw new Error('x'.repeat(size)) } } } }]`,
  'thousands of texts': `['kari', { personProperties: manyTexts(size) }]`,
  'a distinct id': `['x'.repeat(size), {}]`,
  'the key of a group': `['kari', { groups: { company: 'x'.repeat(size) } }]`,
  'a property of a group': `['kari', { groups: { company: 'acme' }, groupProperties: { company: { p: 'x'.repeat(size) } } }]`,
}

/** @param {string} call */
const program = (call) => `
  const { LocalEvaluator } = require('.')
  const operators = [['exact', 'y'], ['icontains', 'yy'], ['ends_with', 'yy'], ['regex', 'yy'], ['gt', 5],
    ['semver_eq', '1.2.3'], ['is_date_before', '2024-01-01'], ['exact', 'true']]
  const property = (key, type) => ([operator, value]) => ({ properties: [{ key, type, operator, value }] })
  const names = Array.from({ length: 3000 }, (_, place) => 'p' + place)
  const manyTexts = (size) => Object.fromEntries(names.map((name) => [name, 'é'.repeat(size / names.length / 2)]))
  const flags = [
    { key: 'person', filters: { groups: operators.map(property('p', 'person')) } },
    { key: 'many', filters: { groups: names.map((name) => property(name, 'person')(operators[0])) } },
    { key: 'group', filters: { aggregation_group_type_index: 0, groups: operators.map(property('p', 'group')) } },
    { key: 'half', filters: { groups: [{ rollout_percentage: 50 }] } },
    { key: 'half of groups', filters: { aggregation_group_type_index: 0, groups: [{ rollout_percentage: 50 }] } },
  ].map((flag, id) => ({ id, active: true, ...flag }))
  const evaluator = new LocalEvaluator({ flags, group_type_mapping: { 0: 'company' }, cohorts: {} })
  const ask = (size) => {
    const [distinctId, options] = ${call}
    evaluator.getAllFlags(distinctId, options)
    for (const { key } of flags) evaluator.getFeatureFlag(key, distinctId, options)
  }
  const settle = () => {
    for (let round = 0; round < 4; round += 1) gc()
    return process.memoryUsage.rss()
  }
  for (let round = 0; round < 20; round += 1) ask(10_000)
  const before = settle()
  ask(${64 * MEGABYTE})
  // V8 gives pages back to the system on a thread of its own, some time after it has collected what was on them.
  let left = 100
  const measure = () => {
    const kept = settle() - before
    left -= 1
    if (kept > ${LIMIT} && left > 0) setTimeout(measure, 20)
    else console.log(kept)
  }
  measure()`

describe('what a call took is given back when its value was', () => {
  for (const [name, call] of Object.entries(CALLS)) {
    it(name, () => {
      const { stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', '-e', program(call)], {
        cwd: join(__dirname, '../..'),
        encoding: 'utf8',
      })
      const kept = Number(stdout)
      assert.ok(stdout !== '' && kept <= LIMIT, `${kept / MEGABYTE} MB of 64 are kept; ${stderr.slice(0, 500)}`)
    })
  }
})
