// A posthog-node that did not exist when this package was made: the installed one, changed as a release might change it.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'

import { layOutPackage } from '../../scripts/package/folder.mjs'
import { besideAnother, writeVersion } from './support/other-version.mjs'
import { use } from './support/package-copy.mjs'

const SYSTEMS = /** @type {const} */ (['require', 'import'])

/** @type {[RegExp, string][]} */
const MORE = [
  [
    /(class FeatureFlagEvaluations \{)/,
    '$1 toJSON() { return Object.fromEntries(this.keys.map((key) => [key, this.getFlag(key)])) }',
  ],
  [
    /(class PostHogBackendClient extends [\w.]+ \{)/,
    '$1 warmUp() { return this.featureFlagsPoller?.loadFeatureFlags() }',
  ],
]

/** What another version may call otherwise, and what is said of it. @type {Record<string, { changes: [string | RegExp, string][], problem: string }>} */
const RENAMED = {
  'the hook for properties of a person': {
    changes: [['personPropertiesForLocalEvaluation', 'personPropertiesForEvaluation']],
    problem: 'PostHog has no method personPropertiesForLocalEvaluation',
  },
  'the host of evaluations': {
    changes: [['_getFeatureFlagEvaluationsHost', '_evaluationsHost']],
    problem: 'PostHog has no method _getFeatureFlagEvaluationsHost',
  },
  'the poller': {
    changes: [['featureFlagsPoller', 'flagsPoller']],
    problem: 'the client knows no featureFlagsPoller',
  },
  'the poller, longer by a number': {
    changes: [['featureFlagsPoller', 'featureFlagsPoller2']],
    problem: 'the client knows no featureFlagsPoller',
  },
  'the poller, which nobody else can reach': {
    changes: [
      ['this.featureFlagsPoller', 'this.#featureFlagsPoller'],
      [/(class PostHogBackendClient extends [\w.]+ \{)/, '$1 #featureFlagsPoller;'],
    ],
    problem: 'the client knows no featureFlagsPoller',
  },
  'the overrides of tests': {
    changes: [['_flagOverrides', '_overrides']],
    problem: 'the client knows no _flagOverrides',
  },
  'what a poller evaluates with': {
    changes: [['computeFlagAndPayloadLocally', 'computeLocally']],
    problem: 'the client uses featureFlagsPoller.computeLocally, which is not known',
  },
  'the flags that evaluations are made of': {
    changes: [['init.flags;', 'init.records;']],
    problem: 'FeatureFlagEvaluations cannot be used as expected (TypeError: ',
  },
  'the variant in the record of a flag': {
    changes: [['.variant', '.value']],
    problem: 'getFlag of FeatureFlagEvaluations does not give what it was made with',
  },
}

describe('beside a newer posthog-node', () => {
  const copy = besideAnother()
  after(() => copy.remove())
  for (const system of SYSTEMS) {
    it(`with more methods, flags are evaluated natively, by ${system}`, () => {
      writeVersion(copy.posthogNode, '5.99.0', MORE)
      const { status, stderr, values, engines } = use(copy.folder, system)
      assert.equal(status, 0, stderr)
      assert.equal(stderr, '')
      assert.deepEqual(values, [true, true, true, true])
      assert.deepEqual(new Set(engines), new Set(['native', 'object']))
    })
  }

  it('with more methods, doctor finds nothing wrong, and all recorded evaluations the same', () => {
    writeVersion(copy.posthogNode, '5.99.0', MORE)
    const command = [path.join(copy.folder, 'bin', 'posthog-node-native.js'), 'doctor', '--offline', '--json']
    const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: copy.folder, encoding: 'utf8' })
    assert.equal(status, 0, stdout + stderr)
    const { checks } = JSON.parse(stdout)
    const of = (/** @type {string} */ name) => checks.find((/** @type {any} */ check) => check.name === name)
    assert.deepEqual(
      checks.filter((/** @type {any} */ check) => check.status === 'problem' || check.status === 'warning'),
      []
    )
    assert.equal(of('posthog-node').data.version, '5.99.0')
    assert.equal(of('canaries').data.version, '5.99.0')
  })

  for (const [what, { changes, problem }] of Object.entries(RENAMED)) {
    it(`that has another name for ${what}, it evaluates flags itself, after one warning that says what helps`, () => {
      writeVersion(copy.posthogNode, '5.99.0', changes)
      for (const system of SYSTEMS) {
        const { status, stderr, values, engines } = use(copy.folder, system)
        assert.equal(status, 0, stderr)
        assert.deepEqual(values, [true, true, true, true])
        assert.ok(!engines.includes('native'))
        assert.equal(
          stderr.match(/posthog-node-native is not compatible with posthog-node 5\.99\.0/g)?.length,
          1,
          stderr
        )
        assert.ok(stderr.includes(problem), stderr)
        assert.match(stderr, /Remedy: install a newer posthog-node-native, or posthog-node 5\.70\.0\./)
      }
    })
  }

  it('npm installs both without a warning', (t) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'posthog-node-native-peers-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const npm = { cwd: folder, encoding: /** @type {const} */ ('utf8'), shell: process.platform === 'win32' }
    const pack = (/** @type {string} */ name) =>
      execFileSync('npm', ['pack', '--silent', '--ignore-scripts', `./${name}`], npm).trim()

    writeVersion(path.join(folder, 'newer'), '5.99.0', MORE)
    const manifest = path.join(folder, 'newer', 'package.json')
    // What it depends on is in a registry, which this does without.
    writeFileSync(manifest, JSON.stringify({ ...JSON.parse(readFileSync(manifest, 'utf8')), dependencies: {} }))
    layOutPackage(path.join(folder, 'ours'), [])
    const tarballs = ['newer', 'ours'].map((name) => `../${pack(name)}`)

    const project = path.join(folder, 'project')
    mkdirSync(project)
    writeFileSync(path.join(project, 'package.json'), '{ "private": true }')
    const args = ['install', '--offline', '--no-audit', '--no-fund', ...tarballs]
    const { status, stdout, stderr } = spawnSync('npm', args, { ...npm, cwd: project })
    assert.equal(status, 0, stderr)
    assert.doesNotMatch(stdout + stderr, /warn|ERESOLVE/i)
    const tree = spawnSync('npm', ['ls', '--json'], { ...npm, cwd: project })
    assert.equal(tree.status, 0, tree.stdout)
    assert.equal(JSON.parse(tree.stdout).dependencies['posthog-node'].version, '5.99.0')
  })
})
