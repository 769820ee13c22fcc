'use strict'

const assert = require('node:assert/strict')
const Module = require('node:module')
const { test } = require('node:test')

const posthogNode = require('posthog-node')
const { nameOfPosthogNode, originalOf, requirePosthogNode } = require('../../lib/original')

/** A module that is this package. */
const THIS_PACKAGE = { PostHog: class {}, LocalEvaluator: class {} }

/**
 * Has names lead to other modules until the test is over.
 *
 * @param {import('node:test').TestContext} t
 * @param {Record<string, any>} modules what each name leads to, or the error of loading it
 */
function alias(t, modules) {
  const loader = /** @type {any} */ (Module)
  const load = loader._load
  t.mock.method(loader, '_load', function (/** @type {string} */ name, /** @type {any[]} */ ...rest) {
    if (!Object.hasOwn(modules, name)) {
      return load.call(this, name, ...rest)
    }
    if (modules[name] instanceof Error) throw modules[name]
    return modules[name]
  })
}

const notFound = (/** @type {string} */ name) =>
  Object.assign(new Error(`Cannot find module '${name}'`), { code: 'MODULE_NOT_FOUND' })

test('posthog-node is what its name leads to', () => {
  assert.equal(requirePosthogNode(), posthogNode)
  assert.equal(originalOf(posthogNode), posthogNode)
  assert.equal(nameOfPosthogNode(), 'posthog-node')
})

test('where that is this package, it is found by its other name', (t) => {
  alias(t, { 'posthog-node': THIS_PACKAGE, 'posthog-node-original': posthogNode })
  assert.equal(requirePosthogNode(), posthogNode)
  assert.equal(originalOf(THIS_PACKAGE), posthogNode)
  assert.equal(nameOfPosthogNode(), 'posthog-node-original')
})

for (const [problem, original] of /** @type {[string, any][]} */ ([
  ['posthog-node-original is not installed', notFound('posthog-node-original')],
  ['posthog-node-original is posthog-node-native too', THIS_PACKAGE],
])) {
  test(`an error says what to do where ${problem}`, (t) => {
    alias(t, { 'posthog-node': THIS_PACKAGE, 'posthog-node-original': original })
    assert.throws(requirePosthogNode, {
      name: 'AliasError',
      code: 'ERR_POSTHOG_NATIVE_ALIAS',
      message:
        `posthog-node is another name of posthog-node-native in this project, and ${problem}. Remedy: add ` +
        '"posthog-node-original": "npm:posthog-node@5" to the dependencies in package.json, and install again',
    })
  })
}

test('another error of loading it is thrown as it is', (t) => {
  for (const error of [new Error('broken'), Object.assign(new Error('no'), { code: 'ERR_REQUIRE_ESM' })]) {
    t.mock.restoreAll()
    alias(t, { 'posthog-node': THIS_PACKAGE, 'posthog-node-original': error })
    assert.throws(requirePosthogNode, error)
  }
})
