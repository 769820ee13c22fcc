'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const vm = require('node:vm')

const documentPieces = require('../../lib/document/document-pieces')

const { bytesOf, piecesOf, piecesOfObject, piecesOfText, wholeOf } = documentPieces

/** How long pieces of text are, and about how long those that are written. */
const [COPIED, WRITTEN] = [512 * 1024, 128 * 1024]

/** @param {any} document */
const lengthsOf = (document) => Array.from(piecesOf(document), (piece) => piece.length)
/** @param {any} document @param {boolean} [fromNetwork] @param {boolean} [isWhole] */
const textOf = (document, fromNetwork, isWhole) => Array.from(piecesOfObject(document, fromNetwork, isWhole)).join('')

test('a text is cut into pieces of half a megabyte', () => {
  assert.deepEqual(lengthsOf(''), [])
  assert.deepEqual(lengthsOf('a'), [1])
  assert.deepEqual(lengthsOf('a'.repeat(COPIED)), [COPIED])
  assert.deepEqual(lengthsOf('a'.repeat(COPIED + 1)), [COPIED, 1])
  assert.deepEqual(lengthsOf('a'.repeat(2 * COPIED)), [COPIED, COPIED])
})

test('a character of two halves is not cut, at whatever place it stands', () => {
  for (const character of ['😀', '\ud800\udc00', '\udbff\udfff']) {
    const text = `${'a'.repeat(COPIED - 1)}${character}b`
    assert.deepEqual(Array.from(piecesOfText(text)), ['a'.repeat(COPIED - 1), `${character}b`])
    assert.deepEqual(lengthsOf(`${'a'.repeat(COPIED - 2)}${character}b`), [COPIED, 1])
  }
  // The second half and what is next to the halves are cut before.
  for (const unit of ['\ud7ff', '\ue000']) {
    assert.deepEqual(lengthsOf(`${'a'.repeat(COPIED - 1)}${unit}b`), [COPIED, 1])
  }
  assert.deepEqual(lengthsOf(`${'a'.repeat(COPIED - 1)}😀`), [COPIED - 1, 2])
})

test('halves of characters are escaped, but after a backslash that escapes them', () => {
  for (const [text, expected] of [
    ['"\ud800"', '"\\ud800"'],
    ['"\udc00a"', '"\\udc00a"'],
    ['"\\\ud800"', '"\\\ufffd"'],
    ['"\\\\\ud800"', '"\\\\\\ud800"'],
    ['"\\\\\\\ud800"', '"\\\\\\\ufffd"'],
    ['\ud800', '\\ud800'],
    ['"a\ud800\ud800"', '"a\\ud800\\ud800"'],
    ['"😀"', '"😀"'],
  ]) {
    assert.equal(Array.from(piecesOfText(text)).join(''), expected)
  }
  // A backslash before the piece counts too.
  const escaped = `${'a'.repeat(COPIED - 1)}\\\ud800`
  assert.equal(Array.from(piecesOfText(escaped))[1], '\ufffd')
})

test('a text that ends in the first half of a character ends there', () => {
  const text = `${'a'.repeat(COPIED - 1)}\ud800`
  assert.deepEqual(Array.from(piecesOfText(text)), [`${'a'.repeat(COPIED - 1)}\\ud800`])
})

test('bytes are one piece, of whatever realm they are, also behind a proxy', () => {
  const bytes = Buffer.from('{"flags":[]}')
  assert.deepEqual(Array.from(piecesOf(bytes)), [bytes])
  assert.equal(bytesOf(bytes), bytes)
  const foreign = vm.runInNewContext('new Uint8Array([1, 2])')
  assert.equal(bytesOf(foreign), foreign)
  assert.deepEqual(bytesOf(new Proxy(Uint8Array.of(1, 2, 3), {})), Uint8Array.of(1, 2, 3))
  const more = Object.assign(Uint8Array.of(4, 5), { name: 'x', '1a': 1, [Symbol('s')]: 1 })
  assert.deepEqual(bytesOf(new Proxy(more, {})), Uint8Array.of(4, 5))
  for (const other of [
    {},
    { BYTES_PER_ELEMENT: 1 },
    new Proxy({}, {}),
    Uint16Array.of(1),
    new Proxy(Uint16Array.of(1), {}),
    new Proxy({ BYTES_PER_ELEMENT: 1, flags: [] }, {}),
  ]) {
    assert.equal(bytesOf(other), undefined)
  }
})

test('an object is written with the fields that evaluation reads, in one piece if it is short', () => {
  for (const [document, text] of [
    [{}, '{}'],
    [{ unread: 5n }, '{}'],
    [{ flags: [] }, '{"flags":[]}'],
    [{ flags: [5, null] }, '{"flags":[5,null]}'],
    [{ flags: {} }, '{"flags":{}}'],
    [{ flags: 'x' }, '{"flags":"x"}'],
    [{ flags: null }, '{"flags":null}'],
    [{ cohorts: {} }, '{"cohorts":{}}'],
    [{ cohorts: 5 }, '{"cohorts":5}'],
    [{ cohorts: null }, '{"cohorts":null}'],
    [{ flags: [], cohorts: { 1: 5, 2: {} } }, '{"flags":[],"cohorts":{"1":5,"2":{}}}'],
    [{ group_type_mapping: { 0: 'a' } }, '{"group_type_mapping":{"0":"a"}}'],
    [{ groupTypeMapping: { 0: 'a' } }, '{"group_type_mapping":{"0":"a"}}'],
    [{ group_type_mapping: null, groupTypeMapping: { 0: 'a' } }, '{"group_type_mapping":{"0":"a"}}'],
    [
      { property_matching_version: 2, minimal_flag_called_events: true },
      '{"property_matching_version":2,"minimal_flag_called_events":true}',
    ],
    [
      { propertyMatchingVersion: 2, minimalFlagCalledEvents: true },
      '{"property_matching_version":2,"minimal_flag_called_events":true}',
    ],
    [{ property_matching_version: {}, flags: [] }, '{"property_matching_version":0,"flags":[]}'],
  ]) {
    assert.deepEqual(Array.from(piecesOfObject(document)), [text])
    assert.equal(wholeOf(document), text)
  }
})

test('only the names of the server are read of what it answered', () => {
  const document = { groupTypeMapping: { 0: 'a' }, propertyMatchingVersion: 2, minimalFlagCalledEvents: true }
  assert.equal(textOf(document, true), '{}')
  assert.equal(textOf({ ...document, group_type_mapping: null }, true), '{"group_type_mapping":null}')
})

test('a flag that the server answered keeps all of its fields, if that changes nothing that is read', () => {
  const flag = { key: 'a', name: 'kept', active: true, filters: { groups: [], more: [1] } }
  assert.deepEqual(JSON.parse(textOf({ flags: [flag] }, true)), { flags: [flag] })
  assert.deepEqual(JSON.parse(textOf({ flags: [flag] })).flags[0].name, undefined)
  // Its JSON would say something else than is read, or there is none.
  for (const odd of [
    { ...flag, toJSON: () => ({ key: 'other' }) },
    { ...flag, more: 5n },
    { ...flag, more: () => {} },
    { ...flag, id: Infinity },
    Object.create(flag),
  ]) {
    const { flags } = JSON.parse(textOf({ flags: [odd] }, true))
    assert.deepEqual([flags.length, flags[0].key, flags[0].name], [1, 'a', undefined])
  }
})

test('flags and cohorts that are taken whole keep all of their fields', () => {
  const flag = { key: 'a', active: true, filters: { groups: [], feature_enrollment: true, version: 3 }, name: 'kept' }
  const cohort = { type: 'AND', values: [{ key: 'x', value: 1, more: { deep: [1] } }], name: 'kept' }
  const document = { flags: [flag, 5, null], cohorts: { 1: cohort, 2: 5, 3: null, 4: {} } }
  for (const fromNetwork of [false, true]) {
    assert.deepEqual(JSON.parse(textOf(document, fromNetwork, true)), document)
  }
  assert.deepEqual(JSON.parse(Array.from(piecesOf(document, true)).join('')), document)
  assert.deepEqual(JSON.parse(String(wholeOf(document, true))), document)
  // Names of the document are read in both spellings, and inherited ones too.
  const inherited = Object.create({ groupTypeMapping: { 0: 'company' }, flags: [flag] })
  assert.deepEqual(JSON.parse(textOf(inherited, false, true)), { group_type_mapping: { 0: 'company' }, flags: [flag] })
})

test('what has no JSON text with all its fields is unreadable where it is to be taken whole', () => {
  const flag = { key: 'a', active: true, filters: { groups: [] }, name: 'lost' }
  const cohort = { type: 'AND', values: [], name: 'lost' }
  const sound = { key: 'sound', active: true, filters: { groups: [] } }
  const unlike = [{ toJSON: () => ({ key: 'other' }) }, { more: 5n }, { more: () => {} }, { more: Symbol('x') }]
  for (const odd of [...unlike.map((more) => ({ ...flag, ...more })), Object.create(flag)]) {
    const { flags } = JSON.parse(textOf({ flags: [odd, sound] }, false, true))
    const [unreadable, after] = flags
    assert.deepEqual([unreadable.key, unreadable.active, unreadable.name], ['a', true, undefined])
    assert.match(unreadable['\ufdd0unreadable'], /^expected plain data with all its fields/)
    assert.deepEqual(after, sound)
  }
  for (const odd of [...unlike.slice(1).map((more) => ({ ...cohort, ...more })), Object.create(cohort)]) {
    const { cohorts } = JSON.parse(textOf({ cohorts: { 1: odd, 2: cohort } }, false, true))
    assert.match(cohorts[1]['\ufdd0unreadable'], /^expected plain data with all its fields/)
    assert.deepEqual(cohorts[2], cohort)
  }
  // What cannot be read at all says why, as ever.
  const broken = {
    ...flag,
    get active() {
      throw new Error('no')
    },
  }
  assert.match(JSON.parse(textOf({ flags: [broken] }, false, true)).flags[0]['\ufdd0unreadable'], /Error: no$/)
})

test('a long object comes in pieces, each ended by a flag or a cohort', () => {
  const flag = { key: 'x'.repeat(WRITTEN - '{"flags":[{"key":""}'.length) }
  assert.deepEqual(lengthsOf({ flags: [flag] }), [WRITTEN, 2])
  assert.deepEqual(lengthsOf({ flags: [{ key: flag.key.slice(1) }] }), [WRITTEN + 1])
  assert.deepEqual(lengthsOf({ flags: [flag, 5] }), [WRITTEN, 4])
  const key = 'x'.repeat(WRITTEN - '{"cohorts":{"1":{"type":"","values":null}'.length)
  assert.deepEqual(lengthsOf({ cohorts: { 1: { type: key, a: 1 } } }), [WRITTEN, 2])
  assert.deepEqual(lengthsOf({ cohorts: { 1: { type: key.slice(1), a: 1 } } }), [WRITTEN + 1])
  assert.deepEqual(lengthsOf({ cohorts: { 1: { type: key, a: 1 }, 2: 5 } }), [WRITTEN, 8])
  const many = { flags: Array(5).fill(flag), cohorts: { 1: { type: key, a: 1 } } }
  assert.equal(JSON.parse(/** @type {string} */ (wholeOf(many))).flags.length, 5)
})

test('a list of flags has no holes, and an end', () => {
  assert.equal(textOf({ flags: Object.assign(Array(4), { 1: 5, 3: undefined }) }), '{"flags":[5,null]}')
  const endless = (/** @type {any} */ length) =>
    new Proxy([], { get: (target, name) => (name === 'length' ? length : Reflect.get(target, name)) })
  for (const length of [10_000_001, NaN, Infinity]) {
    assert.throws(() => textOf({ flags: endless(length) }), {
      name: 'TypeError',
      message: `expected no more than 10000000 flags but received ${length}`,
    })
  }
})

test('what is written of the mapping are the group types that flags refer to, also behind a proxy', () => {
  const mapping = new Proxy(
    {},
    { has: (_, name) => name === '0', get: (_, name) => (name === '0' ? 'company' : undefined), ownKeys: () => [] }
  )
  const flags = [{ key: 'a', active: true, filters: { aggregation_group_type_index: 0 } }]
  assert.deepEqual(JSON.parse(textOf({ flags, group_type_mapping: mapping })).group_type_mapping, { 0: 'company' })
  const cohorts = new Proxy(
    {},
    { has: (_, name) => name === '5', get: () => ({ type: 'OR', a: 1 }), ownKeys: () => [] }
  )
  const properties = [{ type: 'cohort', value: 5 }]
  const referring = [{ key: 'a', active: true, filters: { groups: [{ properties }] } }]
  assert.deepEqual(JSON.parse(textOf({ flags: referring, cohorts })).cohorts, { 5: { type: 'OR', values: null } })
})

test('a whole document is text or the bytes themselves', () => {
  const bytes = Buffer.from('{}')
  assert.equal(wholeOf(bytes), bytes)
  assert.equal(wholeOf('{}'), '{}')
  assert.equal(wholeOf(''), '')
  const long = 'a'.repeat(2 * COPIED)
  assert.equal(wholeOf(long), long)
})
