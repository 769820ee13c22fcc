'use strict'

const assert = require('node:assert/strict')
const path = require('node:path')
const { test } = require('node:test')

const root = path.join(__dirname, '../..')
const FOLDER = path.join(root, 'lib', 'addon')
const NAME = require.resolve('../../lib/addon/load-binding')

/**
 * A copy of the module that has not loaded anything yet, with another module in the place of `file.js`.
 *
 * @param {any} [requireAddon]
 * @param {string} [target]
 */
function freshBinding(requireAddon, target = 'linux-x64-none') {
  const fileName = path.join(FOLDER, 'file.js')
  const file = require(fileName)
  const cached = require.cache[fileName]
  const before = require.cache[NAME]
  if (cached && requireAddon) {
    cached.exports = { ...file, requireAddon, targetOfThisMachine: () => target }
  }
  delete require.cache[NAME]
  try {
    return require(NAME)
  } finally {
    require.cache[NAME] = before
    if (cached) {
      cached.exports = file
    }
  }
}

test('the addon is loaded when it is first asked for, and once', () => {
  let loads = 0
  const addon = { ClientRequest: class {}, FlagDefinitions: class {}, FlagPoller: class {} }
  const binding = freshBinding(() => {
    loads += 1
    return { addon }
  })
  assert.equal(loads, 0)
  assert.equal(binding.FlagDefinitions, addon.FlagDefinitions)
  assert.equal(binding.FlagPoller, addon.FlagPoller)
  assert.equal(binding.ClientRequest, addon.ClientRequest)
  assert.equal(binding.loadBinding(), addon)
  assert.equal(loads, 1)
})

test('the addon of this machine has the classes', () => {
  const { FlagDefinitions, FlagPoller } = freshBinding()
  assert.deepEqual([typeof FlagDefinitions, typeof FlagPoller], ['function', 'function'])
})

test('an addon that cannot be loaded is tried once, and says what was tried and what to do', () => {
  let loads = 0
  const file = path.join(root, 'posthog-node-native.linux-x64-none.node')
  const cause = new Error(`${file}: it failed\nRequire stack:\n- elsewhere`)
  const binding = freshBinding(() => {
    loads += 1
    return { error: cause }
  })
  for (let time = 0; time < 2; time += 1) {
    for (const read of [() => binding.loadBinding(), () => binding.FlagDefinitions, () => binding.FlagPoller]) {
      assert.throws(read, (error) => {
        const { name, code, message, cause: because } = /** @type {any} */ (error)
        assert.deepEqual([name, code, because], ['AddonError', 'ERR_POSTHOG_NATIVE_ADDON', cause])
        const begin =
          `posthog-node-native cannot use its addon for linux-x64-none with Node ${process.version}. Tried ${file}: ` +
          'it failed. Remedy: there is no addon for linux-x64-none; there are addons for '
        assert.ok(message.startsWith(begin), message)
        return true
      })
    }
  }
  assert.equal(loads, 1)
})

test('an addon that lacks a class is refused by name', () => {
  const whole = { ClientRequest: class {}, FlagDefinitions: class {}, FlagPoller: class {} }
  for (const name of Object.keys(whole)) {
    const binding = freshBinding(() => ({ addon: { ...whole, [name]: undefined } }), 'linux-x64-gnu')
    assert.throws(
      () => binding.loadBinding(),
      (/** @type {Error} */ { message }) =>
        message.includes(`: the addon has no ${name}. Remedy: the file belongs to another`)
    )
  }
})

test('whatever is thrown has words', () => {
  for (const [thrown, words] of /** @type {[any, string][]} */ ([
    [undefined, 'undefined'],
    ['a text\nmore', 'a text'],
    [{ message: 5 }, '5'],
  ])) {
    const binding = freshBinding(() => {
      throw thrown
    })
    assert.throws(() => binding.loadBinding(), { message: new RegExp(`\\.node: ${words}\\. Remedy: `) })
  }
})
