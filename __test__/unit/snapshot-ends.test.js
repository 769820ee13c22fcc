'use strict'

// What an evaluation's end means, and to whom it is told.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { Snapshot } = require('../../lib/evaluation/snapshot')
const { flag } = require('../support/flags')
const { CONTEXT, failed, reporterOf, snapshotOf } = require('./support/stand-in-definitions')

const [LAST_VALUE, ENDLESS, THROWN, LACKS_CONTEXT] = [0xfff0, 0xfffa, 0xfffb, 0xfffc]

const inconclusive = (/** @type {string} */ key) =>
  `InconclusiveMatchError when computing flag locally: ${key}: The call lacks a property, a group or a device id that its definition needs`

test('one flag ends with a value and its payload, or with none', () => {
  const { snapshot, records } = snapshotOf({ one: (index) => [0, 1, 2][index] })
  const { reporter, told } = reporterOf({ debugging: true })
  assert.deepEqual(
    records.map((record) => snapshot.evaluate(record, CONTEXT, undefined, reporter)),
    [
      { value: false, payload: null },
      { value: true, payload: [1] },
      { value: 'blue', payload: 'paint' },
    ]
  )
  assert.deepEqual(
    records.map((record) => snapshot.valueOf(record, CONTEXT, reporter)),
    [false, true, 'blue']
  )
  assert.deepEqual(told, [])
  const last = snapshotOf({ one: (index) => LAST_VALUE + index, details: () => ({ payloads: undefined }) })
  const ends = last.records.map((record) => last.snapshot.evaluate(record, CONTEXT, undefined, reporter))
  assert.deepEqual(ends, [{ value: undefined, payload: null }, undefined, undefined])
  assert.equal(told.length, 2)
  last.records.forEach((record) => assert.equal(last.snapshot.valueOf(record, CONTEXT, reporter), undefined))
  assert.equal(told.length, 4)
})

test('what is told of a flag without a value is told once for an endless evaluation, and else each time', () => {
  const ends = [LACKS_CONTEXT, failed(THROWN, [1, 'it failed']), failed(ENDLESS, [2, 'it has no end'])]
  const { snapshot, records } = snapshotOf({ one: (index) => ends[index] })
  for (const debugging of [false, true]) {
    const { reporter, told } = reporterOf({ debugging })
    for (const record of records) {
      assert.equal(snapshot.evaluate(record, CONTEXT, undefined, reporter), undefined)
      assert.equal(snapshot.valueOf(record, CONTEXT, reporter), undefined)
    }
    assert.deepEqual(told, [
      ...(debugging ? [inconclusive('a'), inconclusive('a')] : []),
      ...Array(2).fill('Error computing flag locally: b: it failed'),
      ...(debugging ? [] : ['Error computing flag locally: c: it has no end']),
    ])
  }
})

test('a flag that is endless and fails otherwise in other calls is told of each failure', () => {
  const [fails, endless] = [failed(THROWN, [0, 'it failed']), failed(ENDLESS, [0, 'it has no end'])]
  const ends = [fails, endless, fails, endless]
  const { snapshot, records } = snapshotOf({ one: () => ends.shift() })
  const { reporter, told } = reporterOf()
  ends.slice().forEach(() => snapshot.valueOf(records[0], CONTEXT, reporter))
  assert.deepEqual(
    told.map((message) => message.split(': ').at(-1)),
    ['it failed', 'it has no end', 'it failed']
  )
})

test('of what was thrown that is no error nothing is told', () => {
  const { snapshot, records } = snapshotOf({ one: () => failed(THROWN, [0, '']) })
  const { reporter, told } = reporterOf({ debugging: true })
  assert.equal(snapshot.valueOf(records[0], CONTEXT, reporter), undefined)
  assert.deepEqual(told, [])
})

test('with a value to match, its payload is looked up and nothing is evaluated', () => {
  const { snapshot, records, calls } = snapshotOf({
    details: (position) => (position === 1 ? { unreadable: 'why' } : {}),
  })
  const { reporter, told } = reporterOf()
  const lookUp = (/** @type {any} */ value, place = 0) => snapshot.evaluate(records[place], CONTEXT, value, reporter)
  assert.deepEqual(lookUp('blue'), { value: 'blue', payload: 'paint' })
  assert.deepEqual(lookUp(true), { value: true, payload: [1] })
  assert.deepEqual(lookUp('none'), { value: 'none', payload: null })
  assert.deepEqual(lookUp(false), { value: false, payload: null })
  assert.equal(lookUp(Object.create(null)), undefined)
  assert.equal(told.length, 1)
  assert.match(told[0], /^Error computing flag locally: a: TypeError: /)
  assert.deepEqual(calls, [])
  // One that cannot be read is evaluated, which tells why.
  lookUp('blue', 1)
  assert.deepEqual(calls, [
    ['inputsOf', 1],
    ['one', 1],
  ])
})

test('all flags are evaluated in one call, which reads each input once', () => {
  const inputs = [['distinctId'], ['person', 'plan']]
  const { snapshot, calls } = snapshotOf({ inputs, all: (codes) => (codes.set([0, 1, 2]), 0) })
  const { reporter } = reporterOf()
  const context = { ...CONTEXT, personProperties: { plan: 'pro' } }
  assert.deepEqual(snapshot.evaluateAll(context, undefined, reporter), {
    response: { a: false, b: true, c: 'blue' },
    payloads: { b: [1], c: 'paint' },
    unresolved: {},
    fallbackToFlags: false,
  })
  assert.deepEqual(snapshot.valuesOfAll(context, reporter), { a: false, b: true, c: 'blue' })
  assert.deepEqual(calls, [
    ['all', 'kari', 'pro'],
    ['all', 'kari', 'pro'],
  ])
  assert.deepEqual(snapshot.reads, { person: 1, groupTypes: undefined })
})

test('flags without a value among all are told of, and left to the server', () => {
  const ends = failed(2, [1, 'it failed'])
  const { snapshot } = snapshotOf({ all: (codes) => (codes.set([LACKS_CONTEXT, THROWN, 1]), ends) })
  for (const debugging of [false, true]) {
    for (const evaluate of /** @type {const} */ (['evaluateAll', 'valuesOfAll'])) {
      const { reporter, told } = reporterOf({ debugging })
      const answer = evaluate === 'evaluateAll' ? snapshot.evaluateAll(CONTEXT, undefined, reporter) : undefined
      assert.deepEqual(answer?.response ?? snapshot.valuesOfAll(CONTEXT, reporter), { c: true })
      assert.deepEqual(answer?.unresolved ?? { a: 'missing_context' }, { a: 'missing_context' })
      assert.equal(answer?.fallbackToFlags ?? true, true)
      assert.deepEqual(told, [...(debugging ? [inconclusive('a')] : []), 'Error computing flag locally: b: it failed'])
    }
  }
})

test('flags that only lack something are told of while debugging alone', () => {
  const { snapshot } = snapshotOf({ all: (codes) => (codes.set([1, LACKS_CONTEXT, LAST_VALUE]), 1) })
  for (const debugging of [false, true]) {
    const { reporter, told } = reporterOf({ debugging })
    snapshot.evaluateAll(CONTEXT, undefined, reporter)
    assert.deepEqual(told, debugging ? [inconclusive('b')] : [])
  }
})

test('the codes of a call are used again once nobody is told anything, and never while a listener evaluates', () => {
  const buffers = new Set()
  let end = 0
  const { snapshot } = snapshotOf({
    all: (codes) => {
      buffers.add(codes.buffer)
      codes.set([1, 1, end === 0 ? 1 : LACKS_CONTEXT])
      return end
    },
  })
  const { reporter } = reporterOf()
  for (let call = 0; call < 3; call += 1) {
    snapshot.valuesOfAll(CONTEXT, reporter)
  }
  assert.equal(buffers.size, 1)
  end = 1
  snapshot.valuesOfAll(CONTEXT, reporter)
  snapshot.valuesOfAll(CONTEXT, reporter)
  assert.equal(buffers.size, 1)
  snapshot.valuesOfAll(CONTEXT, {
    ...reporter,
    debugging: true,
    debug: () => void snapshot.valuesOfAll(CONTEXT, reporter),
  })
  assert.equal(buffers.size, 2)
})

test('without flags the server is asked', () => {
  const { snapshot } = snapshotOf({ keys: [], all: () => 0 })
  const { reporter } = reporterOf()
  assert.equal(snapshot.length, 0)
  assert.equal(snapshot.evaluateAll(CONTEXT, undefined, reporter).fallbackToFlags, true)
  assert.equal(snapshot.evaluateAll(CONTEXT, ['a'], reporter).fallbackToFlags, true)
  const some = snapshotOf({ one: () => 1 })
  assert.equal(some.snapshot.evaluateAll(CONTEXT, ['a'], reporter).fallbackToFlags, false)
  assert.equal(some.snapshot.evaluateAll(CONTEXT, [], reporter).fallbackToFlags, false)
})

test('the flags of some keys have values, payloads and reasons, and what happened to the others is told', () => {
  const { snapshot } = snapshotOf({
    some: (numbers) => {
      numbers.set([1, LACKS_CONTEXT, LAST_VALUE], 2)
      return 1
    },
  })
  const { reporter, told } = reporterOf({ debugging: true })
  const { response, payloads, unresolved, fallbackToFlags } = snapshot.evaluateAll(
    CONTEXT,
    ['a', 'b', 'c', 'd'],
    reporter
  )
  assert.deepEqual(Object.keys(response), ['a', 'c'])
  assert.deepEqual({ ...payloads }, { a: [1] })
  assert.deepEqual({ ...unresolved }, { b: 'missing_context' })
  assert.equal(fallbackToFlags, true)
  assert.deepEqual(told, [inconclusive('b')])
})

test('the last definition of a key decides about a flag, whatever definitions the caller has it from', () => {
  const { snapshot, records } = snapshotOf({})
  const other = snapshotOf({}).records[0]
  assert.equal(snapshot.find(records[1]), records[1])
  assert.equal(snapshot.find(other), records[0])
  assert.equal(snapshot.find({ key: 'b' }), records[1])
  assert.equal(snapshot.find({ key: 'none' }), undefined)
  const twice = snapshotOf({ keys: ['a', 'a'], overview: { decidedBy: [1, 1] } }).snapshot
  const [first, last] = twice.featureFlags
  assert.equal(twice.find(first), last)
})

test('the overview tells whether keys are ordinary, what is wrong, and what can never be decided', () => {
  assert.equal(snapshotOf({}).snapshot.isOrdinary, true)
  assert.equal(snapshotOf({ overview: { unusualKeys: [[0, 5]] } }).snapshot.isOrdinary, false)
  const { snapshot } = snapshotOf({
    overview: {
      minimalFlagCalledEvents: true,
      problems: ['a problem'],
      dateLists: [['2020-01-01', 'no date'], ['2020-01-01'], ['no date']],
      unresolvable: [
        { key: 'a', reason: 'experience_continuity', dates: [], fingerprint: 'f' },
        { key: 'b', dates: [1, 0], fingerprint: 'g' },
        { key: 'c', dates: [1], fingerprint: 'h' },
      ],
    },
  })
  assert.deepEqual([snapshot.minimalFlagCalledEvents, snapshot.problems], [true, ['a problem']])
  assert.deepEqual(snapshot.unresolvable, [
    { key: 'a', reason: 'experience_continuity', fingerprint: 'f' },
    { key: 'b', reason: 'unsupported_definition', fingerprint: 'g' },
  ])
})

test('the native definitions are superseded, released and disposed of', () => {
  const [one, other] = [snapshotOf({}), snapshotOf({})]
  other.snapshot.supersede(one.snapshot)
  other.snapshot.supersede(undefined)
  other.snapshot.release()
  other.snapshot.dispose()
  assert.deepEqual(other.calls, [['supersede', one.definitions], ['supersede', undefined], ['release'], ['dispose']])
})

test('a document is compiled with the flags of some evaluation contexts', () => {
  const document = JSON.stringify({ flags: [flag('a'), flag('b', { evaluation_contexts: ['main'] })] })
  assert.equal(Snapshot.compile(document).length, 2)
  assert.equal(Snapshot.compile(document, ['other']).length, 1)
})
