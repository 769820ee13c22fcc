import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'

import { root } from './support/package-copy.mjs'

/** What the packages that build and test this one may be licensed under. None of them is shipped with it. */
const LICENCES = [
  '(WTFPL OR MIT)',
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  // Data about browsers, which a tool that plants faults brings along.
  'CC-BY-4.0',
  'ISC',
  'MIT',
  'PSF-2.0',
  // A parser of arguments, which the tool that writes docs/api brings along.
  'Python-2.0',
]

/**
 * @param {string} folder
 * @returns {string[]}
 */
function lockFiles(folder) {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name)
    if (entry.isDirectory()) {
      return /^(\.\w+|node_modules|target)$/.test(entry.name) ? [] : lockFiles(name)
    }
    return entry.name === 'package-lock.json' ? [name] : []
  })
}

/** @param {string} name */
function readJson(name) {
  return JSON.parse(readFileSync(path.join(root, name), 'utf8'))
}

/**
 * What is wrong with a lock file: everything in it has to come from npm's registry, whole and under a licence that is known,
 * and run nothing while it is installed that was not decided on.
 *
 * @param {Record<string, any>} packages of a lock file, by where they are installed
 * @param {Record<string, unknown>} allowScripts what package.json decides about scripts
 * @returns {string[]}
 */
function problemsOf(packages, allowScripts) {
  const problems = []
  for (const [place, { version, resolved, integrity, link, license, hasInstallScript }] of Object.entries(packages)) {
    if (place === '') {
      continue
    }
    const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)
    // What npm resolves otherwise than in its registry, such as from git or a folder, it says in `resolved`.
    if (resolved !== undefined || link || !place.includes('node_modules/')) {
      problems.push(`${place} comes from ${resolved ?? 'this folder'}, not from the registry`)
    }
    if (!/^\d+\.\d+\.\d+/.test(version ?? '')) {
      problems.push(`${place} has no version`)
    }
    if (!/^sha512-[\w+/]{86}==$/.test(integrity ?? '')) {
      problems.push(`${place} has no SHA-512 of its contents`)
    }
    if (!LICENCES.includes(license)) {
      problems.push(`${place} is licensed under ${license}`)
    }
    if (hasInstallScript && allowScripts[name] === undefined) {
      problems.push(`${place} runs a script when it is installed, which allowScripts does not decide on`)
    }
  }
  return problems
}

const GOOD = { version: '1.0.0', integrity: `sha512-${'a'.repeat(86)}==`, license: 'MIT' }

describe('what npm installs to build and test this package', () => {
  const locks = lockFiles('.')

  for (const lock of locks) {
    it(`comes from the registry, whole, under a known licence and without scripts: ${lock}`, () => {
      const { packages } = readJson(lock)
      const { allowScripts = {} } = readJson(path.join(path.dirname(lock), 'package.json'))
      assert.ok(Object.keys(packages).length > 1)
      assert.deepEqual(problemsOf(packages, allowScripts), [])
    })

    it(`is pinned exactly: ${lock}`, () => {
      const { dependencies, devDependencies, overrides } = readJson(path.join(path.dirname(lock), 'package.json'))
      for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...overrides })) {
        // Several versions of one package go by names of their own.
        assert.match(String(version), /^(npm:[\w@/.-]+@)?\d+\.\d+\.\d+$/, name)
      }
    })
  }

  it('is nothing for those who install this package, beside the posthog-node that they have', () => {
    const { dependencies, optionalDependencies, bundleDependencies, scripts, peerDependencies, peerDependenciesMeta } =
      readJson('package.json')
    assert.deepEqual([dependencies, optionalDependencies, bundleDependencies], [undefined, undefined, undefined])
    const needed = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional)
    assert.deepEqual(needed, ['posthog-node'])
    for (const hook of ['preinstall', 'install', 'postinstall', 'prepare']) {
      assert.equal(scripts[hook], undefined, hook)
    }
  })
})

describe('that test notices', () => {
  /** @type {Record<string, object>} */
  const wrong = {
    'a package from git': { resolved: 'git+ssh://git@example.com/a.git#0123' },
    'a package from another server': { resolved: 'https://example.com/a-1.0.0.tgz' },
    'a folder': { link: true },
    'a package without a hash': { integrity: undefined },
    'a weak hash': { integrity: 'sha1-Kq5sNclPz7QV2+lfQIuc6R7oRu0=' },
    'an unknown licence': { license: 'GPL-3.0' },
    'no licence': { license: undefined },
    'a script': { hasInstallScript: true },
  }
  for (const [name, change] of Object.entries(wrong)) {
    it(name, () => {
      assert.equal(problemsOf({ '': {}, 'node_modules/a': { ...GOOD, ...change } }, { b: false }).length, 1)
    })
  }

  it('nothing wrong in a good package, scripts that were decided on included', () => {
    assert.deepEqual(
      problemsOf({ '': {}, 'node_modules/@b/a': { ...GOOD, hasInstallScript: true } }, { '@b/a': false }),
      []
    )
  })
})
