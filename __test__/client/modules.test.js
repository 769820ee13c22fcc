'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

/** @type {any} */
const posthogNode = require('posthog-node')

/** @type {any} */
const native = require('../..')
const { closing } = require('../support/closing')

test('require: all exports of posthog-node come through, PostHog replaced and LocalEvaluator added', () => {
  assert.deepEqual(Object.keys(native).sort(), [...Object.keys(posthogNode), 'LocalEvaluator'].sort())
  for (const [name, value] of Object.entries(posthogNode)) {
    if (name !== 'PostHog') {
      assert.equal(native[name], value, name)
    }
  }
  assert.notEqual(native.PostHog, posthogNode.PostHog)
})

test("require: a client is an instance of posthog-node's own class and carries its name", async (t) => {
  const client = closing(t, new native.PostHog('phc_project', { host: 'http://127.0.0.1:1' }))
  assert.ok(client instanceof posthogNode.PostHog)
  assert.ok(client instanceof native.PostHog)
  assert.equal(native.PostHog.name, 'PostHog')
  assert.equal(client.getLibraryId(), 'posthog-node')
})

test("import: the same, over posthog-node's ES modules", async (t) => {
  /** @type {any} */
  const esmPosthogNode = await import('posthog-node')
  /** @type {any} */
  const esmNative = await import('../../index.mjs')
  assert.deepEqual(Object.keys(esmNative).sort(), [...Object.keys(esmPosthogNode), 'LocalEvaluator'].sort())
  assert.equal(Object.getPrototypeOf(esmNative.PostHog), esmPosthogNode.PostHog)
  assert.equal(esmNative.FeatureFlagEvaluations, esmPosthogNode.FeatureFlagEvaluations)
  assert.equal(esmNative.LocalEvaluator, native.LocalEvaluator)
  const client = closing(t, new esmNative.PostHog('phc_project', { host: 'http://127.0.0.1:1' }))
  assert.ok(client instanceof esmPosthogNode.PostHog)
})

test('a class that extends the client works as one that extends posthog-node does', async (t) => {
  class Mine extends native.PostHog {
    #calls = 0
    getLibraryId() {
      this.#calls = (this.#calls ?? 0) + 1
      return 'mine'
    }
  }
  const client = closing(t, new Mine('phc_project', { host: 'http://127.0.0.1:1' }))
  assert.equal(client.getLibraryId(), 'mine')
})
