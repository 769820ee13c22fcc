'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const codes = require('../../lib/evaluation/result-codes')

test('codes without a value have their reasons, from the last one on', () => {
  assert.deepEqual([0xffff, 0xfffe, 0xfffd, 0xfffc].map(codes.reasonOf), [
    'experience_continuity',
    'unsupported_definition',
    'unresolved_dependency',
    'missing_context',
  ])
  assert.equal(codes.reasonOf(codes.ENDLESS), 'unsupported_definition')
  assert.equal(codes.reasonOf(codes.THROWN), undefined)
  const reasons = [0xffff, 0xfffe, 0xfffd, 0xfffc].map(codes.explain)
  assert.deepEqual(
    ['experience continuity', 'not support', 'depends on', 'lacks a property'].map((words, place) =>
      reasons[place].includes(words)
    ),
    [true, true, true, true]
  )
  for (const code of [codes.ENDLESS, codes.THROWN, 0xfffc]) {
    assert.ok(code > codes.LAST_VALUE)
  }
})

test('an end is a code, with what to say of it if it failed', () => {
  assert.equal(codes.endOf(5, undefined), 5)
  assert.deepEqual(codes.endOf(5, ''), { code: 5, message: '' })
  assert.equal(codes.codeOf(5), 5)
  assert.equal(codes.codeOf({ code: 6, message: 'x' }), 6)
})

test('what the native evaluator returns of failures is read by their numbers', () => {
  const [number, failures] = codes.readEnd('[3,[0,"a"],[7,"b"]]')
  assert.deepEqual(
    [number, [...failures]],
    [
      3,
      [
        [0, 'a'],
        [7, 'b'],
      ],
    ]
  )
  assert.deepEqual([...codes.readEnd('[3]')[1]], [])
  assert.equal(codes.NO_FAILURES.size, 0)
})
