'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { wholeOf } = require('../../../lib/document/document-pieces')
const { NATIVE, flag, observe } = require('../../support/observe')
const { memoryProvider } = require('../../support/providers')

/** Ten letters that take two bytes each. */
const DOCUMENT = { flags: [flag('cached', { name: 'ä'.repeat(10) })] }
const TEXT = JSON.stringify(DOCUMENT)
const BYTES = Buffer.from(TEXT)

/** The same document as a provider may return it, and its size in bytes. */
const FORMS = {
  text: [TEXT, BYTES.length],
  bytes: [BYTES, BYTES.length],
  'a view of bytes': [new Uint8Array(BYTES), BYTES.length],
  // Only what is read of it is written.
  'an object': [{ ...DOCUMENT, unread: 'x'.repeat(1000) }, Buffer.byteLength(wholeOf(DOCUMENT))],
}

for (const [form, [document, size]] of Object.entries(FORMS)) {
  /** @param {number} maxDocumentBytes @param {unknown[]} cached the answer to each read */
  const run = (maxDocumentBytes, cached) => {
    const provider = memoryProvider({ fetch: false, methods: { getFlagDefinitions: () => cached.shift() } })
    return observe(NATIVE, {
      definitions: { flags: [flag('on')] },
      loads: cached.length,
      options: { flagDefinitionCacheProvider: provider, native: { maxDocumentBytes } },
    })
  }

  test(`a cached document as ${form} may be as large as native.maxDocumentBytes`, async () => {
    const { flags, log, requests } = await run(Number(size), [document])
    assert.deepEqual(flags, ['cached'])
    assert.deepEqual(log, [['loaded', 1]])
    assert.deepEqual(requests, [])
  })

  test(`a cached document as ${form} over native.maxDocumentBytes is refused, and what was loaded stays`, async () => {
    const limit = Number(size) - 1
    const small = JSON.stringify({ flags: [{ ...flag('small'), filters: {} }] })
    const { flags, log, requests } = await run(limit, [small, document])
    assert.deepEqual(flags, ['small'])
    const cause = `the document is larger than native.maxDocumentBytes, ${limit} bytes`
    assert.deepEqual(log, [
      ['loaded', 1],
      ['error', 'Error', `Failed to load from cache: Error: ${cause}`],
    ])
    assert.deepEqual(requests, [])
  })
}

test('a first document that is over native.maxDocumentBytes in the cache is fetched from PostHog', async () => {
  const provider = memoryProvider({ fetch: false, cached: `${TEXT}${' '.repeat(1000)}` })
  const { flags, log, requests } = await observe(NATIVE, {
    definitions: { flags: [flag('on')] },
    options: { flagDefinitionCacheProvider: provider, native: { maxDocumentBytes: 1000 } },
  })
  assert.deepEqual(flags, ['on'])
  assert.deepEqual(
    log.map(([kind]) => kind),
    ['error', 'loaded']
  )
  assert.equal(requests.length, 1)
})
