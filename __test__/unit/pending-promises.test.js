'use strict'

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')

const posthogNode = /** @type {any} */ (require('posthog-node'))
const { PendingPromises } = require('../../lib/events/pending-promises')

const PromiseQueue = new posthogNode.PostHog('phc_project', { host: 'http://127.0.0.1:1' }).promiseQueue.constructor

/** A promise and the functions that settle it. */
function pending() {
  /** @type {(value?: unknown) => void} */
  let resolve = () => {}
  /** @type {(reason: unknown) => void} */
  let reject = () => {}
  const promise = new Promise((...functions) => ([resolve, reject] = functions))
  return { promise, resolve, reject }
}

/** Lets all that is settled be heard. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

for (const Queue of [PromiseQueue, PendingPromises]) {
  describe(`${Queue.name} holds what is pending`, () => {
    test('what is added is returned, numbered and held until it is settled', async () => {
      const queue = new Queue()
      assert.equal(queue.maxId, 0)
      assert.equal(queue.length, 0)
      const [first, second, third] = [pending(), pending(), pending()]
      for (const { promise } of [first, second, third]) {
        assert.equal(queue.add(promise), promise)
      }
      assert.equal(queue.maxId, 3)
      assert.equal(queue.length, 3)
      second.resolve('done')
      await settled()
      assert.deepEqual(queue.getPromises(), [first.promise, third.promise])
      first.reject(new Error('no'))
      await settled()
      assert.deepEqual(queue.getPromises(), [third.promise])
      assert.equal(queue.length, 1)
      assert.equal(queue.maxId, 3)
      await assert.rejects(first.promise, /no/)
    })

    test('those up to a number are given, without some', () => {
      const queue = new Queue()
      const [first, second, third] = [pending().promise, pending().promise, pending().promise].map((each) =>
        queue.add(each)
      )
      assert.deepEqual(queue.getPromises([], 2), [first, second])
      assert.deepEqual(queue.getPromises([first]), [second, third])
      assert.deepEqual(queue.getPromises([second, undefined], 2), [first])
      assert.deepEqual(queue.getPromises([], 0), [])
    })

    test('joining waits for those too that come meanwhile', async () => {
      const queue = new Queue()
      const [first, second] = [pending(), pending()]
      queue.add(first.promise)
      let isJoined = false
      const joined = queue.join().then(() => (isJoined = true))
      queue.add(second.promise)
      first.resolve()
      await settled()
      assert.equal(isJoined, false)
      second.resolve()
      await joined
      assert.equal(queue.length, 0)
      await queue.join()
    })

    test('joining fails as the first of them fails', async () => {
      const queue = new Queue()
      const [first, second] = [pending(), pending()]
      queue.add(first.promise)
      queue.add(second.promise)
      second.reject(new Error('broken'))
      await assert.rejects(queue.join(), /broken/)
      first.resolve()
    })
  })
}
