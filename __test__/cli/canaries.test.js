'use strict'

// The recorded evaluations of `doctor`, beside the installed posthog-node and beside one that decides otherwise.

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')
const { PostHog } = require('posthog-node')

const recorded = require('../../cli/canaries/answers.json')
const { askCanaries } = require('../../cli/canaries/ask.js')
const { NATIVE } = require('../support/observe')
const { Folder, run } = require('./support/command.js')

/** What a release of posthog-node might change in its evaluator, and a flag that notices. @type {[from: string, to: string, flag: RegExp][]} */
const CHANGES = [
  ["if ('gt' === comparisonOperator) return lhs > rhs", "if ('gt' === comparisonOperator) return lhs >= rhs", /^gt /],
  ["if ('is_not_set' === operator) return false", "if ('is_not_set' === operator) return true", /^is_not_set /],
  ['if (null === overrideValue && !', 'if (undefined === overrideValue && !', /./],
  ['7 * number', '6 * number', /^is_date_/],
  ['=== readContextValue(()=>exactMatchString(actual)).toLowerCase()', '=== exactMatchString(actual)', /^exact /],
  ["case 'icontains':\n            return", "case 'icontains':\n            return !", /^icontains /],
]

describe('the recorded evaluations of doctor', () => {
  it('are about 200, which come out in all ways', () => {
    const answers = Object.values(recorded.answers).flat()
    assert.ok(answers.length >= 200)
    for (const kind of ['string', 'boolean', 'object']) {
      assert.ok(answers.some((answer) => typeof answer === kind))
    }
    for (const answer of [true, false, null]) {
      assert.ok(answers.some((each) => each === answer))
    }
  })

  // Beside other versions, see docs/parity.md.
  const isOfRecord = new PostHog('phc_x').getLibraryVersion() === recorded['posthog-node']
  it('are answered as recorded by posthog-node', { skip: !isOfRecord && 'another posthog-node' }, async (test) => {
    test.mock.method(console, 'warn', () => {})
    assert.deepEqual(await askCanaries(PostHog), recorded.answers)
  })

  it('are answered as recorded by Rust', async (test) => {
    test.mock.method(console, 'warn', () => {})
    assert.deepEqual(await askCanaries(NATIVE, { native: { engine: 'native' } }), recorded.answers)
  })

  for (const [from, to, flag] of CHANGES) {
    it(`name the first that a posthog-node with \`${to}\` answers otherwise`, async (test) => {
      const { code, json } = await runBeside(test, from, to)
      const { status, message, remedy, data } = json.checks.find((/** @type {any} */ { name }) => name === 'canaries')
      assert.deepEqual([code, status], [1, 'problem'])
      assert.match(data.difference.flag, flag)
      assert.ok(message.includes(`to the flag '${data.difference.flag}' for ${data.difference.distinctId}`), message)
      assert.match(message, /^posthog-node 5\.\d+\.\d+ answers .+, but Rust answers /)
      assert.match(
        remedy,
        /install a newer posthog-node-native, or posthog-node 5\.70\.0; .+POSTHOG_NATIVE_ENGINE=javascript/
      )
    })
  }

  it('are not asked where posthog-node itself evaluates flags', async () => {
    const { json } = await run(['doctor', '--json'], { env: { POSTHOG_NATIVE_ENGINE: 'javascript' } })
    assert.equal(
      json.checks.some((/** @type {any} */ { name }) => name === 'canaries'),
      false
    )
  })
})

/**
 * Runs `doctor` with a posthog-node whose evaluator has another text in one place.
 *
 * @param {import('node:test').TestContext} test
 * @param {string} from
 * @param {string} to
 */
function runBeside(test, from, to) {
  const hook = `
    const { _extensions } = require('node:module')
    const load = _extensions['.js']
    _extensions['.js'] = (module, file) => {
      if (!file.endsWith('featureFlagLocalEvaluation.js')) return load(module, file)
      const text = require('node:fs').readFileSync(file, 'utf8')
      const changed = text.replace(${JSON.stringify(from)}, () => ${JSON.stringify(to)})
      if (changed === text) throw new Error('the evaluator of posthog-node has no such text')
      module._compile(changed, file)
    }
  `
  const folder = new Folder(test, { 'hook.cjs': hook })
  return run(['doctor', '--json', '--offline'], { flags: ['--require', folder.file('hook.cjs')] })
}
