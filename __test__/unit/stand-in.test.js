'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { StandIn } = require('../../lib/stand-in')
const { STOCK, flag } = require('../support/observe')
const { recordConsole } = require('./support/world')

const filter = (/** @type {string} */ key, /** @type {string} */ value) => ({
  filters: { groups: [{ properties: [{ key, operator: 'exact', value, type: 'person' }], rollout_percentage: 100 }] },
})
const context = (/** @type {any} */ personProperties) => ({
  distinctId: 'kari',
  groups: {},
  personProperties,
  groupProperties: {},
})

/** @param {any} document @param {object} [options] */
const standIn = (document, options = {}) =>
  new StandIn(
    STOCK,
    { document: Buffer.from(JSON.stringify(document)), fromNetwork: true },
    { debug: false, onError: () => {}, ...options }
  )

test("posthog-node's own evaluator answers, with the distinct id among the person's properties", async () => {
  const evaluator = standIn({
    flags: [flag('on'), null, flag('me', filter('distinct_id', 'kari')), flag('plan', filter('plan', 'x'))],
  })
  assert.deepEqual(await evaluator.evaluate({ key: 'me' }, context({})), { value: true, payload: null })
  assert.deepEqual(await evaluator.evaluate({ key: 'me' }, context({ distinct_id: 'ola' })), {
    value: false,
    payload: null,
  })
  const { response } = await evaluator.evaluateAll(context({ plan: 'x' }), undefined)
  assert.deepEqual({ ...response }, { on: true, me: true, plan: true })
  assert.deepEqual({ ...(await evaluator.evaluateAll(context({}), ['on'])).response }, { on: true })
  await assert.rejects(evaluator.evaluate({ key: 'plan' }, context({})), { name: 'InconclusiveMatchError' })
})

test('flags that depend on each other in a circle have no stand-in, for posthog-node never returns from them', () => {
  const on = (/** @type {string} */ key) => ({
    filters: { groups: [{ properties: [{ type: 'flag', key, value: true, dependency_chain: [key] }] }] },
  })
  assert.throws(() => standIn({ flags: [flag('a', on('b')), flag('b', on('a'))] }), /depend on each other/)
})

test('evaluation contexts, errors and debug lines are those of the client', async (t) => {
  const lines = recordConsole(t, 'debug')
  /** @type {Error[]} */
  const errors = []
  const document = {
    flags: [
      flag('web', { evaluation_contexts: ['web'] }),
      flag('api', { evaluation_contexts: ['api'] }),
      flag('bad', { filters: { groups: 5 } }),
      flag('plan', filter('plan', 'x')),
    ],
  }
  const evaluator = standIn(document, {
    evaluationContexts: ['web'],
    debug: true,
    onError: (/** @type {Error} */ error) => errors.push(error),
  })
  const { response } = await evaluator.evaluateAll(context({}), undefined)
  assert.deepEqual({ ...response }, { web: true })
  assert.equal(errors.length, 1)
  assert.match(errors[0].message, /bad/)
  assert.ok(lines.some((line) => line.includes('plan')))
})
