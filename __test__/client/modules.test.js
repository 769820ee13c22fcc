'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

/** @type {any} */
const posthogNode = require('posthog-node')

/** @type {any} */
const native = require('../..')
const { closing } = require('../support/closing')

test("require: a client is an instance of posthog-node's own class and carries its name", async (t) => {
  const client = closing(t, new native.PostHog('phc_project', { host: 'http://127.0.0.1:1' }))
  assert.ok(client instanceof posthogNode.PostHog)
  assert.ok(client instanceof native.PostHog)
  assert.equal(native.PostHog.name, 'PostHog')
  assert.equal(client.getLibraryId(), 'posthog-node')
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
