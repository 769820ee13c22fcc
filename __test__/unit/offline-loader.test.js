'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { OfflineLoader } = require('../../lib/loading/offline-loader')

test('a client that has all it gets loads nothing, has no provider and nothing to wait for', async () => {
  const loader = new OfflineLoader()
  assert.deepEqual(loader.takeShared(), {})
  assert.deepEqual([loader.begin(), loader.load(), loader.rest(), loader.wake()], Array(4).fill(undefined))
  assert.deepEqual([loader.provider, loader.isLoading], [undefined, false])
  assert.equal(await loader.stop(), undefined)
})
