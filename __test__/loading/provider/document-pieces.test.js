'use strict'

const assert = require('node:assert/strict')
const test = require('node:test')

const { piecesOf } = require('../../../lib/document/document-pieces.js')
const { Snapshot } = require('../../../lib/evaluation/snapshot.js')
const { FlagDefinitions } = require('../../../lib/addon/load-binding.js')
const { NATIVE, flag, observe } = require('../../support/observe')

/** The longest piece that is handed over in one turn of the event loop. */
const LONGEST = 512 * 1024

/** @param {any} document */
const textPieces = (document) => /** @type {string[]} */ (Array.from(piecesOf(document)))

/** @param {number} count */
const manyFlags = (count) => Array.from({ length: count }, (_, id) => ({ ...flag(`flag-${id}`), id }))

test('a text comes in pieces that make it up again, and no character is torn', () => {
  for (const text of ['x', 'a'.repeat(LONGEST), `${'a'.repeat(LONGEST - 1)}😀b`, '😀'.repeat(LONGEST)]) {
    const pieces = textPieces(text)
    assert.equal(pieces.join(''), text)
    assert.ok(pieces.every((piece) => piece.length <= LONGEST && piece.isWellFormed()))
  }
})

test('an object comes in pieces that make up what is read of it, however its flags differ in length', () => {
  const payloads = { true: 'x'.repeat(300_000) }
  const long = [{ ...flag('long'), filters: { groups: [], payloads } }]
  const lists = [
    [],
    manyFlags(1),
    manyFlags(20_000),
    [...manyFlags(2000), ...long, ...manyFlags(2000)],
    Object.assign(new Array(3), { 2: 1 }),
  ]
  for (const flags of lists) {
    const cohorts = { 1: { type: 'OR', values: [] } }
    for (const others of [{}, { cohorts, group_type_mapping: { 0: 'company' } }]) {
      const pieces = textPieces({ flags: flags.map((one) => (one === 1 ? 1 : { ...one, unread: 1n })), ...others })
      assert.deepEqual(JSON.parse(pieces.join('')), { flags: flags.filter(Boolean), ...others })
      assert.ok(pieces.every((piece) => piece.length <= LONGEST))
    }
  }
})

test('a document without a list of flags says what it has instead', () => {
  for (const flags of [undefined, null, {}, 'flags', 5, new Map()]) {
    const written = JSON.parse(textPieces({ flags, cohorts: {} }).join(''))
    assert.deepEqual(written.flags, flags instanceof Map ? {} : flags)
    assert.deepEqual(written.cohorts, {})
  }
})

test('flags added to or taken from an object while it is written do not count', () => {
  const document = { flags: manyFlags(5000) }
  const pieces = piecesOf(document)[Symbol.iterator]()
  const first = pieces.next().value
  document.flags.length = 0
  const text = [first, ...Array.from({ [Symbol.iterator]: () => pieces })].join('')
  assert.equal(JSON.parse(text).flags.length, 5000)
})

test('flags that refer to the list they are in, or to the document, are written without that', () => {
  /** @type {any} */
  const document = { flags: manyFlags(100), cohorts: {} }
  for (const one of document.flags) {
    Object.assign(one, { siblings: document.flags, document, big: 1n })
  }
  const written = JSON.parse(textPieces(document).join(''))
  assert.deepEqual(
    written.flags.map((/** @type {any} */ { key, siblings, big }) => [key, siblings, big]),
    document.flags.map((/** @type {any} */ { key }) => [key, undefined, undefined])
  )
})

test('a document of many pieces arrives whole, as text, bytes and object', async () => {
  const document = { flags: manyFlags(12_000), cohorts: {} }
  const text = JSON.stringify(document)
  assert.ok(text.length > 2 * LONGEST)
  for (const returned of [text, Buffer.from(text), document]) {
    const provider = {
      shouldFetchFlagDefinitions: () => false,
      getFlagDefinitions: () => returned,
      shutdown() {},
    }
    const seen = await observe(NATIVE, { options: { flagDefinitionCacheProvider: provider } })
    assert.deepEqual(seen.log, [['loaded', 12_000]])
    assert.equal(seen.flags.at(-1), 'flag-11999')
  }
})

test('records of definitions that were replaced go on telling of their flags; evaluating them fails safely', () => {
  const compile = () =>
    new Snapshot(FlagDefinitions.compile(JSON.stringify({ flags: manyFlags(3), cohorts: {} }), 'cache', []))
  const [old, current] = [compile(), compile()]
  const record = old.featureFlagsByKey['flag-1']
  current.supersede(old)
  assert.equal(record.id, 1)
  assert.deepEqual(
    old.featureFlags.map(({ key, id }) => [key, id]),
    [
      ['flag-0', 0],
      ['flag-1', 1],
      ['flag-2', 2],
    ]
  )
  /** @type {string[]} */
  const errors = []
  const reporter = { error: (/** @type {Error} */ { message }) => errors.push(message), debug() {}, debugging: false }
  const context = /** @type {any} */ ({ distinctId: 'user', groups: {}, personProperties: {}, groupProperties: {} })
  assert.equal(old.evaluate(record, context, undefined, reporter), undefined)
  assert.match(errors.join(), /have been released/)
  assert.notEqual(current.evaluate(current.featureFlagsByKey['flag-1'], context, undefined, reporter), undefined)
})
