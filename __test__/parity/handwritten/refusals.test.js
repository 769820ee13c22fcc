'use strict'

// What is no document, or a document without flags that could be read: whatever posthog-node refuses is refused here too,
// be it from a cache or from the server.

const test = require('node:test')
const assert = require('node:assert/strict')
const oracle = require('../support/posthog-node.js')
const { contenders } = require('../support/native.js')
const { settle } = require('../support/compare.js')
const { flag, always } = require('../support/handwritten.js')

const NO_JSON = ['', ' ', '{', '[1,]', '{"flags"}', '{"a":}', '{"flags":{"a"}}', '{"flags":[{}', '{}x', "{'flags':[]}"]

const deep = '['.repeat(200) + ']'.repeat(200)

/** What is wrong in a part of the document, or behind something that nests deeply. */
const NO_JSON_WITHIN = [
  '{"flags":[{"key":"a"},]}',
  '{"flags":[{"key":"a"} {}]}',
  '{"flags":[{"key":"a"',
  '{"flags":[{"key":"a","x":"b]}',
  '{"flags":[{"key":"a","x":5',
  '{"flags":[{"key":"a","x":"b\tc"}]}',
  '{"flags":[{"key":"a\tb"}]}',
  '{"flags":[{"k\tey":"a"}]}',
  '{"flags":[{"key":"a","x":nul}]}',
  '{"flags":[{"key":"a"}],"cohorts":{"1":nul}}',
  '{"flags":[{"key":"a"}],"cohorts":{"1":[}',
  '{"flags":[{"key":"a"}],"group_type_mapping":{]}}',
  '{"flags":[{"key":"a"}],"group_type_mapping":{"0":"a}}',
  '{"flags":[{"key":"a"}],"other":[1,]}',
  '{"flags":[{"key":"a"}],"other":"a}',
  '{"flags":[{"key":"a"}],"other"',
  '{"flags":[{"key":"a"}],other:1}',
  `{"flags":[{"key":"a","x":${deep},"y":nul}]}`,
  `{"flags":[{"key":"a","filters":{"payloads":${deep},"y":nul}}]}`,
  `{"flags":[{"key":"a","filters":{"payloads":${deep},5}}]}`,
  `{"flags":[{"key":"a","filters":{"payloads":${deep},"payloads":nul}}]}`,
  `{"flags":[{"key":"a","x":${deep},5}]}`,
  `{"flags":[[${deep},nul]]}`,
  `{"flags":[{"key":"a"}],"cohorts":{"1":${deep},"2":nul}}`,
  `{"flags":[{"key":"a"}],"cohorts":[${deep},nul]}`,
]
const NO_OBJECT = ['null', 'true', '5', '-5', '1.5', '"x"', '[]', '[1]']
const NO_FLAGS = ['{}', '{"cohorts":{}}', '{"flag":[]}']
const NO_LIST = ['5', '-5', '1.5', '"x"', 'true', '{}', '{"a":1}'].map((flags) => `{"flags":${flags},"cohorts":{}}`)

async function refuses(side, text, source) {
  const { answer } = await settle(() => side.open(text, undefined, source))
  await answer?.close()
  return answer === undefined || answer.rejected === true || answer.flags.length === 0
}

for (const source of ['cache', 'network']) {
  for (const contender of contenders) {
    test(`what is no document with flags is refused (${contender.name}, ${source})`, async () => {
      for (const text of [
        ...NO_JSON,
        ...NO_JSON_WITHIN,
        ...NO_OBJECT,
        ...NO_FLAGS,
        ...NO_LIST,
        '{"flags":[null,null]}',
      ]) {
        assert.ok(await refuses(oracle, text, source), `posthog-node and ${text}`)
        assert.ok(await refuses(contender, text, source), text)
      }
      const document = JSON.stringify({ flags: [flag('on', always)], cohorts: {} })
      assert.ok(!(await refuses(oracle, document, source)))
      assert.ok(!(await refuses(contender, document, source)))
    })
  }
}

for (const contender of contenders) {
  test(`flags of null are no flags from the server, and no document from a cache (${contender.name})`, async () => {
    const text = '{"flags":null,"cohorts":null}'
    const loaded = async (side, source) => {
      const { answer } = await settle(() => side.open(text, undefined, source))
      const all = await answer?.evaluateAll({
        distinctId: 'user-1',
        groups: {},
        personProperties: {},
        groupProperties: {},
        evaluationCache: {},
      })
      await answer?.close()
      return all?.response
    }
    assert.deepEqual(await loaded(oracle, 'network'), {})
    assert.deepEqual(await loaded(contender, 'network'), {})
    assert.ok(await refuses(oracle, text, 'cache'))
    assert.ok(await refuses(contender, text, 'cache'))
  })
}
