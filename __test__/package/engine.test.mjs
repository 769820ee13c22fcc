import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'

import { ADDON, PackageCopy, patchAddon, readAddon, root, use, useInTurn } from './support/package-copy.mjs'

const SYSTEMS = /** @type {const} */ (['require', 'import'])
const [major, minor] = process.versions.node.split('.').map(Number)
const PERMISSIONS = major > 23 || (major === 23 && minor >= 5) || (major === 22 && minor >= 13)
const TARGET = ADDON.split('.')[1]

/** The addon as built for a processor that no Node runs on, or for another that it does. @param {number} machine */
function builtFor(machine) {
  const addon = readAddon()
  addon.writeUInt16LE(machine, 18)
  return addon
}

/** The headers of a program for Linux that asks for this loader. @param {string} interpreter */
function programWith(interpreter) {
  const program = Buffer.alloc(64 + 56 + interpreter.length + 1)
  program.write('\x7fELF\x02\x01\x01', 'latin1')
  program.writeUInt16LE(62, 18)
  program.writeBigUInt64LE(64n, 32)
  program.writeUInt16LE(1, 56)
  program.writeUInt32LE(3, 64)
  program.writeBigUInt64LE(120n, 64 + 8)
  program.writeBigUInt64LE(BigInt(interpreter.length + 1), 64 + 32)
  program.write(interpreter, 120)
  return program
}

/** @param {string} platform */
const pretend = (platform) => `Object.defineProperty(process, 'platform', { value: '${platform}' })`

/**
 * @typedef {object} Cause
 * @property {Record<string, string | Uint8Array>} [files] in place of the addon
 * @property {Parameters<typeof use>[2]} [how]
 * @property {RegExp} says what came of the try
 * @property {RegExp} remedy
 */

/** @type {Record<string, Cause>} */
const CAUSES = {
  'is missing': {
    says: /Cannot find module/,
    remedy:
      /the file is missing: remove node_modules.posthog-node-native, then install the package again .+npm run build/,
  },
  'is missing, as in node_modules copied from a Mac': {
    files: { 'posthog-node-native.darwin-arm64.node': 'a' },
    says: /Cannot find module/,
    remedy: /the package has an addon for darwin-arm64, but this machine is linux-\w+-gnu\. If node_modules was copied/,
  },
  'is missing for musl, beside one for glibc': {
    files: { [ADDON]: readAddon(), node: programWith('/lib/ld-musl-x86_64.so.1') },
    how: { before: "process.execPath = './node'" },
    says: /linux-\w+-musl.+Cannot find module/,
    remedy: /the package has an addon for linux-\w+-gnu, but this machine is linux-\w+-musl/,
  },
  'was never made for the platform': {
    files: { [ADDON]: readAddon() },
    how: { before: pretend('sunos') },
    says: /there is no addon for sunos-/,
    remedy: /there is no addon for sunos-\w+; there are addons for linux-x64-gnu, /,
  },
  'is forbidden by --no-addons': {
    files: { [ADDON]: readAddon() },
    how: { flags: ['--no-addons'] },
    says: /Cannot load native addon because loading addons is disabled/,
    remedy: /start it without --no-addons/,
  },
  'is forbidden by NODE_OPTIONS=--no-addons': {
    files: { [ADDON]: readAddon() },
    how: { env: { NODE_OPTIONS: '--no-addons' } },
    says: /Cannot load native addon because loading addons is disabled/,
    remedy: /check NODE_OPTIONS too/,
  },
  'is forbidden by the permission model': {
    files: { [ADDON]: readAddon() },
    how: { flags: [PERMISSIONS ? '--permission' : '--experimental-permission', '--allow-fs-read=*'] },
    says: /Cannot load native addon because loading addons is disabled/,
    remedy: /with --allow-addons/,
  },
  'is empty': {
    files: { [ADDON]: '' },
    says: /the file is empty/,
    remedy: /is not complete: check the space on the disk, and remove/,
  },
  'is cut in half': {
    files: { [ADDON]: readAddon().subarray(0, 2_000_000) },
    says: /the file is truncated: it has 2000000 of at least \d+ bytes/,
    remedy: /is not complete: check the space on the disk, and remove/,
  },
  'is cut within its headers': {
    files: { [ADDON]: readAddon().subarray(0, 100) },
    says: /the file is truncated: it has 100 of at least \d+ bytes/,
    remedy: /is not complete: check the space on the disk, and remove/,
  },
  'is a text': {
    files: { [ADDON]: 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n' },
    says: /file too short|invalid ELF header/,
    remedy: /the file is not an addon for Linux/,
  },
  'is for another processor': {
    files: { [ADDON]: builtFor(process.arch === 'arm64' ? 62 : 183) },
    says: /cannot open shared object file|wrong ELF/,
    remedy: /the file is for (arm64|x64), but this machine is linux-(x64|arm64)-gnu: remove/,
  },
  'is for a processor without a name': {
    files: { [ADDON]: builtFor(999) },
    says: /cannot open shared object file|wrong ELF/,
    remedy: /the file is for machine 999/,
  },
  'needs a newer glibc': {
    files: { [ADDON]: patchAddon('GLIBC_2.34', 'GLIBC_9.99') },
    says: /version `GLIBC_9\.99' not found/,
    remedy: /the addon needs glibc 9\.99, this system has 2\.\d+: run on a newer system image/,
  },
  'is linked to musl': {
    files: { [ADDON]: patchAddon('ld-linux-x86-64.so.2', 'ld-musl-x86_64.so.1') },
    says: /ld-musl-x86_64\.so\.1: cannot open shared object file/,
    remedy: /another C library than linux-\w+-gnu/,
  },
  'needs a library that is missing': {
    files: { [ADDON]: patchAddon('libgcc_s.so.1', 'libgcx_s.so.1') },
    says: /libgcx_s\.so\.1: cannot open shared object file/,
    remedy: /install the system package that contains libgcx_s\.so\.1/,
  },
  'is of another version': {
    files: { [ADDON]: patchAddon('FlagPoller\0', 'FlagPollex\0') },
    says: /the addon has no FlagPoller\./,
    remedy: /belongs to another version of this package: remove/,
  },
  'is no addon, though a library': {
    files: { [ADDON]: patchAddon('napi_register_module_v1', 'napi_register_module_v0') },
    says: /Module did not self-register/,
    remedy: /remove node_modules.posthog-node-native, then install the package again .+, or build it from source/,
  },
}

/** @type {Record<'usual' | 'forced' | 'javascript', object | undefined>} */
const OPTIONS = { usual: undefined, forced: { engine: 'native' }, javascript: { engine: 'javascript' } }

/**
 * In which order they come in one process: what does not want the addon first, so that nobody has tried it, and then each of
 * the others first in one of the systems.
 *
 * @type {Record<'require' | 'import', (keyof typeof OPTIONS)[]>}
 */
const ORDERS = { require: ['javascript', 'usual', 'forced'], import: ['javascript', 'forced', 'usual'] }

/** @param {RegExp} pattern @param {string} text */
const count = (pattern, text) => text.match(new RegExp(pattern, 'g'))?.length ?? 0

for (const [cause, { files, how, says, remedy }] of Object.entries(CAUSES)) {
  describe(`with an addon that ${cause}`, () => {
    /** @type {PackageCopy} */
    let copy
    /** By the option `native`. @type {Record<'usual' | 'forced' | 'javascript', any[]>} */
    const runs = { usual: [], forced: [], javascript: [] }
    before(() => {
      copy = new PackageCopy(files)
      for (const [system, order] of Object.entries(ORDERS)) {
        const natives = order.map((name) => OPTIONS[name])
        const seen = useInTurn(copy.folder, /** @type {'require' | 'import'} */ (system), natives, how)
        order.forEach((name, index) => runs[name].push(seen[index]))
      }
    })
    after(() => copy.remove())

    it('posthog-node evaluates flags, from objects, texts and bytes of a provider', () => {
      for (const { hasThrown, values, engines, stderr } of runs.usual) {
        assert.equal(hasThrown, false, stderr)
        assert.deepEqual(values, [true, true, true, true])
        assert.deepEqual(engines, Array(4).fill(['javascript', 'undefined']).flat())
      }
    })

    it('one warning says what was tried, what came of it and what to do', () => {
      for (const { stderr } of runs.usual) {
        assert.equal(count(/posthog-node-native cannot use its addon/, stderr), 1, stderr)
        assert.ok(stderr.includes(`Tried ${copy.folder}${path.sep}posthog-node-native.`), stderr)
        assert.match(stderr, says)
        assert.match(stderr, remedy)
        assert.match(stderr, /Remedy: .+posthog-node itself evaluates flags/)
      }
    })

    it("engine: 'native' makes this an error of the constructor", () => {
      for (const { hasThrown, stderr, values } of runs.forced) {
        assert.deepEqual([hasThrown, values], [true, undefined], stderr)
        assert.match(stderr, /AddonError: posthog-node-native cannot use its addon/)
        assert.match(stderr, /code: 'ERR_POSTHOG_NATIVE_ADDON'/)
        assert.match(stderr, says)
        assert.match(stderr, remedy)
        assert.doesNotMatch(stderr, /\[PostHog\]/)
      }
    })

    it("engine: 'javascript' says nothing of it", () => {
      for (const { hasThrown, stderr, values } of runs.javascript) {
        assert.equal(hasThrown, false, stderr)
        assert.deepEqual(values, [true, true, true, true])
        assert.doesNotMatch(stderr, /posthog-node-native/)
      }
    })

    it('LocalEvaluator says why it cannot be used', () => {
      for (const { refusal } of runs.usual) {
        assert.equal(refusal.code, 'ERR_POSTHOG_NATIVE_ADDON')
        assert.match(refusal.message, says)
        assert.match(refusal.message, remedy)
      }
    })
  })
}

describe('without an addon', () => {
  const IN_BOTH = `
    const flags = [{ key: 'f', active: true, filters: { groups: [{ properties: [] }] } }]
    const provider = {
      getFlagDefinitions: () => ({ flags }), shouldFetchFlagDefinitions: () => false,
      onFlagDefinitionsReceived() {}, shutdown() {} }
    const seen = []
    const useIt = async ({ PostHog }, options) => {
      const client = new PostHog('phc_x', { featureFlagsPollingInterval: null, ...options })
      seen.push(client.localEvaluationEngine ?? null)
      await client.shutdown()
    }`

  /** @param {string} program */
  function run(program) {
    const copy = new PackageCopy()
    const source = `${IN_BOTH}; (async () => { ${program}; console.log(JSON.stringify(seen)) })()`
    const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', source], {
      cwd: copy.folder,
      encoding: 'utf8',
    })
    copy.remove()
    assert.equal(status, 0, stderr)
    return { seen: JSON.parse(stdout), warnings: count(/posthog-node-native cannot use its addon/, stderr), stderr }
  }

  it('a process that requires and imports the package is warned once', () => {
    const { seen, warnings, stderr } = run(`
      const options = { flagDefinitionCacheProvider: provider }
      await useIt(require('./index.js'), options)
      await useIt(await import('./index.mjs'), options)`)
    assert.deepEqual(seen, ['javascript', 'javascript'])
    assert.equal(warnings, 1, stderr)
  })

  it('a client that evaluates nothing locally has no engine and nothing to warn of', () => {
    const { seen, stderr } = run(`
      const native = require('./index.js')
      await useIt(native, {})
      await useIt(native, { secretKey: 'phs_x', enableLocalEvaluation: false })
      await useIt(native, { flagDefinitionCacheProvider: provider, enableLocalEvaluation: false })`)
    assert.deepEqual(seen, [null, null, null])
    assert.equal(stderr, '')
  })
})

/** Again what does not want the addon comes first, and each of the others by one of the systems. */
const FITTING = /** @type {const} */ ({
  require: ['javascript', undefined, 'auto', 'native'],
  import: ['javascript', 'native', 'auto', undefined],
})

describe('with an addon that fits', () => {
  for (const system of SYSTEMS) {
    const engines = FITTING[system]
    /** @type {any[]} */
    let runs = []
    before(() => {
      const natives = engines.map((engine) => engine && { engine })
      runs = useInTurn(root, system, natives)
    })

    for (const [index, engine] of engines.entries()) {
      const isNative = engine !== 'javascript'
      const title = isNative
        ? `Rust evaluates flags with engine: ${engine}, by ${system}`
        : `engine: 'javascript' leaves flags to posthog-node and the addon on the disk, by ${system}`
      it(title, () => {
        const { hasThrown, stderr, values, engines, isAddonLoaded, refusal } = runs[index]
        assert.deepEqual([hasThrown, stderr], [false, ''])
        assert.deepEqual(values, [true, true, true, true])
        assert.deepEqual(
          engines,
          Array(4)
            .fill(isNative ? ['native', 'object'] : ['javascript', 'undefined'])
            .flat()
        )
        assert.deepEqual([isAddonLoaded, refusal], [isNative, undefined])
      })
    }
  }

  it(`it is loaded from the package's own folder, wherever that is`, () => {
    const copy = new PackageCopy({ [ADDON]: readAddon() })
    const { status, stderr, engines } = use(copy.folder, 'import')
    copy.remove()
    assert.deepEqual([status, stderr, engines[0]], [0, '', 'native'])
    assert.match(TARGET, /^linux-\w+-gnu$/)
  })
})
