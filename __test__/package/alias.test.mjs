// A project that gives the name posthog-node to this package, for libraries that make the client themselves.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import * as stock from 'posthog-node'

import { layOutPackage } from '../../scripts/package/folder.mjs'
import { ADDON, root } from './support/package-copy.mjs'

/** @type {Map<string, string>} the folders of projects, by the names in them; no test changes one */
const projects = new Map()
after(() => projects.forEach((folder) => rmSync(folder, { recursive: true })))

/**
 * Lays out what a package manager installs.
 *
 * @param {Record<string, 'this package' | 'posthog-node'>} names
 */
function project(names) {
  const known = projects.get(JSON.stringify(names))
  if (known !== undefined) {
    return known
  }
  const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'posthog-node-native-')))
  projects.set(JSON.stringify(names), folder)
  const modules = path.join(folder, 'node_modules')
  mkdirSync(modules)
  cpSync(path.join(root, 'node_modules', '@posthog'), path.join(modules, '@posthog'), { recursive: true })
  for (const [name, contents] of Object.entries(names)) {
    if (contents === 'this package') {
      layOutPackage(path.join(modules, name), [path.join(root, ADDON)])
    } else {
      cpSync(path.join(root, 'node_modules', 'posthog-node'), path.join(modules, name), { recursive: true })
    }
  }
  return folder
}

const ALIASED = /** @type {const} */ ({ 'posthog-node': 'this package', 'posthog-node-original': 'posthog-node' })

/** @param {string} folder @param {string} program @param {string[]} flags */
function run(folder, program, ...flags) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, '-e', program], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { status, stdout, stderr }
}

/** @param {string} folder */
function doctor(folder) {
  const command = path.join(folder, 'node_modules', 'posthog-node', 'bin', 'posthog-node-native.js')
  const { status, stdout } = spawnSync(process.execPath, [command, 'doctor', '--json'], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
    timeout: 60_000,
  })
  const { checks } = JSON.parse(stdout)
  return { status, stock: checks.find((/** @type {any} */ { name }) => name === 'posthog-node'), checks }
}

describe('a project that gives the name posthog-node to this package', () => {
  for (const [system, load] of [
    ['require', `const found = require('posthog-node'), original = require('posthog-node-original')`],
    // The client of both module systems is a subclass of the one that `require` gives.
    [
      'import',
      `import * as found from 'posthog-node'; import { createRequire } from 'node:module'
       const original = createRequire(process.cwd() + '/x.js')('posthog-node-original')`,
    ],
  ]) {
    it(`gives ${system} all of posthog-node and evaluates natively, where posthog-node is installed as posthog-node-original`, () => {
      const folder = project(ALIASED)
      const check = `${load}
        const client = new found.PostHog('phc_x', { secretKey: 'phs_x', host: 'http://127.0.0.1:9' })
        client.on('error', () => {})
        console.log(JSON.stringify({
          names: Object.keys(found),
          others: Object.keys(found).filter((name) => found[name] !== original[name]),
          engine: client.localEvaluationEngine,
          isOriginal: client instanceof original.PostHog,
        }))
        client.shutdown()`
      const { stdout, stderr } = run(folder, check, ...(system === 'import' ? ['--input-type=module'] : []))
      assert.equal(stderr, '')
      const { names, ...seen } = JSON.parse(stdout)
      const missing = Object.keys(stock).filter((name) => !names.includes(name))
      assert.deepEqual(missing, [], 'to be listed in index.mjs')
      assert.deepEqual(seen, { others: seen.others, engine: 'native', isOriginal: true })
      assert.deepEqual(seen.others.sort(), ['LocalEvaluator', 'PostHog'])
    })
  }

  it("gives posthog-node's other entry points, and its own", () => {
    const folder = project(ALIASED)
    const check = `
      import { PostHog } from 'posthog-node/edge'
      import { RedisFlagCache } from 'posthog-node/caches'
      import { testClient } from 'posthog-node/testing'
      import { createRequire } from 'node:module'
      const require = createRequire(process.cwd() + '/x.js')
      const posthog = testClient({ beta: 'b' })
      console.log(JSON.stringify({
        value: (await posthog.evaluateFlags('kari')).getFlag('beta'),
        edge: [PostHog.name, typeof require('posthog-node/edge').PostHog],
        cache: RedisFlagCache.name,
      }))
      await posthog.shutdown()`
    const { stdout, stderr } = run(folder, check, '--input-type=module')
    assert.equal(stderr, '')
    assert.deepEqual(JSON.parse(stdout), { value: 'b', edge: ['PostHog', 'function'], cache: 'RedisFlagCache' })
    const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
    const theirs = JSON.parse(readFileSync(path.join(root, 'node_modules', 'posthog-node', 'package.json'), 'utf8'))
    assert.deepEqual(
      Object.keys(theirs.exports).filter((name) => !(name in manifest.exports)),
      [],
      'to be added to package.json and to original/'
    )
  })

  it('gives the edge build of posthog-node under the condition edge-light', () => {
    const folder = project(ALIASED)
    const check = `import * as found from 'posthog-node'; import * as edge from 'posthog-node-original/edge'
      console.log(found.PostHog === edge.PostHog, 'LocalEvaluator' in found)`
    const { stdout, stderr } = run(folder, check, '--input-type=module', '--conditions=edge-light')
    assert.equal(stderr, '')
    assert.equal(stdout, 'true false\n')
  })

  it('compiles programs that say posthog-node, the declarations too', () => {
    const folder = project(ALIASED)
    const program = `
      import { PostHog, LocalEvaluator, FeatureFlagEvaluations } from 'posthog-node'
      import type { EventMessage, PostHogOptions } from 'posthog-node'
      const options: PostHogOptions = { native: { engine: 'native' }, flushAt: 1 }
      export const posthog: PostHog = new PostHog('phc_x', options)
      const event: EventMessage = { event: 'opened', distinctId: 'kari' }
      posthog.capture(event)
      export const flags: Promise<FeatureFlagEvaluations> = posthog.evaluateFlags('kari')
      export const engine: 'native' | 'javascript' | undefined = posthog.localEvaluationEngine
      export const evaluator = new LocalEvaluator({ flags: [] })
      // @ts-expect-error: it is no number
      posthog.capture(5)
      // @ts-expect-error: there is none
      new PostHog('phc_x', { flushAtt: 1 })
    `
    writeFileSync(path.join(folder, 'program.mts'), program)
    const options = {
      ...{ module: 'nodenext', target: 'es2023', lib: ['es2023', 'dom', 'dom.iterable'], strict: true, noEmit: true },
      // The declarations of the language itself are no concern of this test.
      skipDefaultLibCheck: true,
      ...{ types: ['node'], typeRoots: [path.join(root, 'node_modules', '@types')] },
    }
    writeFileSync(path.join(folder, 'express.d.ts'), `declare module 'express'\n`)
    const config = { compilerOptions: options, files: ['program.mts', 'express.d.ts'] }
    writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(config))
    const { status, stdout } = spawnSync(
      process.execPath,
      [path.join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '--project', '.'],
      { cwd: folder, encoding: 'utf8' }
    )
    assert.equal(stdout, '')
    assert.equal(status, 0)
  })

  it('is what doctor says, which finds nothing wrong', () => {
    const { status, stock: check, checks } = doctor(project(ALIASED))
    assert.equal(check.status, 'ok')
    assert.match(check.message, /^posthog-node 5\S+, installed as posthog-node-original: the name posthog-node means /)
    assert.deepEqual(
      checks.filter((/** @type {any} */ { status }) => status === 'problem' || status === 'warning'),
      []
    )
    assert.equal(status, 0)
  })

  it('also where a program imports this package by its own name as well', () => {
    const folder = project({ ...ALIASED, 'posthog-node-native': 'this package' })
    const check = `import { PostHog } from 'posthog-node-native'; import { PostHog as Other } from 'posthog-node'
      const names = (Class) => Class === null ? [] : [Class.name, ...names(Object.getPrototypeOf(Class))]
      console.log(JSON.stringify([names(PostHog), names(Other)]))`
    const { stdout, stderr } = run(folder, check, '--input-type=module')
    assert.equal(stderr, '')
    const [own, other] = JSON.parse(stdout)
    assert.deepEqual(own, other)
  })

  for (const [what, names, problem] of /** @type {const} */ ([
    ['posthog-node is not installed', { 'posthog-node': 'this package' }, 'posthog-node-original is not installed'],
    [
      'the other name leads to this package as well',
      { 'posthog-node': 'this package', 'posthog-node-original': 'this package' },
      'posthog-node-original is posthog-node-native too',
    ],
  ])) {
    it(`is told by an error, and by doctor, where ${what}`, () => {
      const folder = project(names)
      const remedy = 'add "posthog-node-original": "npm:posthog-node@5" to the dependencies in package.json'
      for (const flags of [[], ['--input-type=module']]) {
        const program = flags.length === 0 ? `require('posthog-node')` : `import 'posthog-node'`
        const { status, stderr } = run(folder, program, ...flags)
        assert.equal(status, 1)
        assert.ok(stderr.includes(problem), stderr)
        assert.ok(stderr.includes(remedy), stderr)
      }
      const { status, stock: check } = doctor(folder)
      assert.equal(status, 1)
      assert.equal(check.status, 'problem')
      assert.ok(check.message.includes(problem), check.message)
      assert.ok(check.remedy.includes(remedy), check.remedy)
    })
  }
})
