// What is tried in each clean room: the programs as they are, as bundles, and under test runners.
import assert from 'node:assert/strict'
import { cpSync, existsSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { assertFallback, assertLibrary, assertNative } from './assertions.mjs'
import { runExpress, runNest, runNext } from './server-rows.mjs'

/**
 * @typedef {import('./clean-room.mjs').CleanRoom} CleanRoom
 * @typedef {import('./assertions.mjs').Expected} Expected
 *
 * @typedef {object} Row
 * @property {string} what
 * @property {'cjs' | 'esm'} module
 * @property {'project' | 'alias' | 'examples' | 'next'} [fixture] 'project' by default
 * @property {string[]} [needs] of the fixture's devDependencies
 * @property {(manager: import('./managers.mjs').Manager) => string | undefined} [obstacle] why it cannot be tried
 * @property {(room: CleanRoom, expected: Expected) => Promise<void>} run throws if it is not as it should be
 */

/** @param {string} tool */
const needsNodeModules =
  (tool) =>
  (/** @type {import('./managers.mjs').Manager} */ { hasNodeModules }) =>
    hasNodeModules ? undefined : `${tool} finds packages in node_modules alone`

/** @param {string} way @param {string} file */
const esbuildInPlace = (way, file) => async (/** @type {CleanRoom} */ room, /** @type {Expected} */ expected) => {
  await room.node('esbuild.mjs', way)
  assertNative(await room.node(path.join(`esbuild-${way}`, file)), expected)
}

/** @param {string} way @param {string} file */
const esbuildMovedOut = (way, file) => async (/** @type {CleanRoom} */ room, /** @type {Expected} */ expected) => {
  await room.node('esbuild.mjs', way)
  assertNative(await room.nodeIn(room.moveOut(`esbuild-${way}`), file), expected)
}

/** @param {string} file */
const compiled = (file) => async (/** @type {CleanRoom} */ room, /** @type {Expected} */ expected) => {
  // Compiles the programs of both module systems.
  if (!existsSync(path.join(room.folder, 'compiled'))) {
    await room.bin('tsc')
  }
  assertNative(await room.node(path.join('compiled', file)), expected)
}

/**
 * A bundle with a library that makes the client itself.
 *
 * @param {(room: CleanRoom) => Promise<unknown>} bundle
 * @param {string} folder
 */
const bundledLibrary = (bundle, folder) => async (/** @type {CleanRoom} */ room, /** @type {Expected} */ expected) => {
  await bundle(room)
  assertLibrary(await room.node(path.join(folder, 'library.mjs')), expected)
}

/** A copy of an example of how to test a program, within the project. @param {CleanRoom} room @param {string} runner */
function copyExample(room, runner) {
  const folder = path.join(room.folder, `testing-${runner}`)
  cpSync(fileURLToPath(new URL(`../../../examples/testing/${runner}`, import.meta.url)), folder, { recursive: true })
  return `testing-${runner}`
}

// eslint-disable-next-line no-control-regex -- the colours that vitest prints
const COLOURS = /\x1b\[[\d;]*m/g

/** @type {NonNullable<Row['obstacle']>} */
const withNpmAlone = ({ name }) => (name === 'npm' ? undefined : 'tried with npm alone')

/** @type {Record<string, string[]>} */
const MORE_NEEDED = { webpack: ['webpack-cli'], rollup: ['@rollup/plugin-node-resolve'] }

/** @type {Row[]} */
export const ROWS = [
  { what: 'node', module: 'cjs', run: async (room, expected) => assertNative(await room.node('app.cjs'), expected) },
  { what: 'node', module: 'esm', run: async (room, expected) => assertNative(await room.node('app.mjs'), expected) },
  { what: 'TypeScript', module: 'cjs', needs: ['typescript', '@types/node'], run: compiled('typed.cjs') },
  { what: 'TypeScript', module: 'esm', needs: ['typescript', '@types/node'], run: compiled('typed.mjs') },
  { what: 'esbuild, external', module: 'cjs', needs: ['esbuild'], run: esbuildInPlace('external-cjs', 'app.cjs') },
  { what: 'esbuild, external', module: 'esm', needs: ['esbuild'], run: esbuildInPlace('external-esm', 'app.mjs') },
  { what: 'esbuild, addon copied', module: 'cjs', needs: ['esbuild'], run: esbuildMovedOut('copy-cjs', 'app.cjs') },
  { what: 'esbuild, addon copied', module: 'esm', needs: ['esbuild'], run: esbuildMovedOut('copy-esm', 'app.mjs') },
  {
    what: 'esbuild, addon left out',
    module: 'cjs',
    needs: ['esbuild'],
    run: async (room, expected) => {
      await room.node('esbuild.mjs', 'without-addon')
      const folder = room.moveOut('esbuild-without-addon')
      assert.deepEqual(readdirSync(folder), ['app.cjs'])
      assertFallback(await room.nodeIn(folder, 'app.cjs'), expected)
    },
  },
  {
    what: 'webpack, external',
    module: 'esm',
    needs: ['webpack', 'webpack-cli'],
    run: async (room, expected) => {
      await room.bin('webpack', '--config', 'webpack-external.config.mjs')
      assertNative(await room.node(path.join('webpack-external', 'app.mjs')), expected)
    },
  },
  {
    what: 'webpack, addon copied',
    module: 'cjs',
    needs: ['webpack', 'webpack-cli', 'node-loader'],
    run: async (room, expected) => {
      await room.bin('webpack', '--config', 'webpack-copy.config.mjs')
      assertNative(await room.nodeIn(room.moveOut('webpack-copy'), 'app.cjs'), expected)
    },
  },
  {
    what: 'rollup, external',
    module: 'esm',
    needs: ['rollup'],
    run: async (room, expected) => {
      await room.bin('rollup', '--config')
      assertNative(await room.node(path.join('rollup', 'app.mjs')), expected)
    },
  },
  {
    what: 'rolldown, external',
    module: 'esm',
    needs: ['rolldown'],
    run: async (room, expected) => {
      await room.bin('rolldown', '--config')
      assertNative(await room.node(path.join('rolldown', 'app.mjs')), expected)
    },
  },
  {
    what: 'vite build --ssr',
    module: 'esm',
    needs: ['vite'],
    run: async (room, expected) => {
      await room.bin('vite', 'build')
      assertNative(await room.node(path.join('vite', 'app.mjs')), expected)
    },
  },
  {
    what: 'traced by @vercel/nft',
    module: 'esm',
    needs: ['@vercel/nft'],
    obstacle: needsNodeModules('@vercel/nft'),
    run: async (room, expected) => {
      await room.node('trace.mjs')
      assertNative(await room.nodeIn(room.moveOut('traced'), 'app.mjs'), expected)
    },
  },
  {
    what: 'jest, fake timers',
    module: 'cjs',
    needs: ['jest'],
    run: async (room) => {
      const { stderr } = await room.bin('jest', '--runInBand')
      assert.match(stderr, /Tests: +4 passed, 4 total/)
      assert.doesNotMatch(stderr, /open handle|did not exit|worker process has failed/i)
    },
  },
  ...['forks', 'threads'].map(
    (pool) =>
      /** @type {Row} */ ({
        what: `vitest in ${pool}, fake timers`,
        module: 'esm',
        needs: ['vitest', 'vite'],
        run: async (room) => {
          const { stdout, stderr } = await room.bin('vitest', 'run', `--pool=${pool}`)
          assert.match(stdout.replace(COLOURS, ''), /Tests +3 passed \(3\)/)
          assert.doesNotMatch(stdout + stderr, /hanging|keeping the process|close timed out|Unhandled/i)
        },
      })
  ),
  {
    what: 'a test client, jest',
    module: 'cjs',
    needs: ['jest'],
    run: async (room) => {
      const folder = copyExample(room, 'jest')
      const config = JSON.stringify({ rootDir: folder, testEnvironment: 'node', detectOpenHandles: true })
      const { stderr } = await room.bin('jest', '--config', config)
      assert.match(stderr, /Tests: +3 passed, 3 total/)
      assert.doesNotMatch(stderr, /open handle|did not exit|worker process has failed|posthog/i)
    },
  },
  {
    what: 'a test client, vitest',
    module: 'esm',
    needs: ['vitest', 'vite'],
    run: async (room) => {
      const folder = copyExample(room, 'vitest')
      // Else it would find the one of the project.
      writeFileSync(path.join(room.folder, folder, 'vitest.config.mjs'), 'export default {}')
      const { stdout, stderr } = await room.bin('vitest', 'run', '--root', folder)
      assert.match(stdout.replace(COLOURS, ''), /Tests +3 passed \(3\)/)
      assert.doesNotMatch(stdout + stderr, /hanging|keeping the process|close timed out|Unhandled/i)
    },
  },
  {
    what: 'a test client, node:test',
    module: 'esm',
    run: async (room) => {
      const { stdout } = await room.node('--test', path.join(copyExample(room, 'node-test'), 'banner.test.mjs'))
      assert.match(stdout, /pass 3\b/)
    },
  },
  ...Object.entries({
    esbuild: (/** @type {CleanRoom} */ room) => room.node('esbuild.mjs', 'library'),
    webpack: (/** @type {CleanRoom} */ room) => room.bin('webpack', '--config', 'webpack-library.config.mjs'),
    rollup: (/** @type {CleanRoom} */ room) => room.bin('rollup', '--config', 'rollup-library.config.mjs'),
    rolldown: (/** @type {CleanRoom} */ room) => room.bin('rolldown', '--config', 'rolldown-library.config.mjs'),
    vite: (/** @type {CleanRoom} */ room) => room.bin('vite', 'build', '--config', 'vite-library.config.mjs'),
  }).map(
    ([bundler, bundle]) =>
      /** @type {Row} */ ({
        what: `a library's client, ${bundler}`,
        module: 'esm',
        needs: [bundler, '@flags-sdk/posthog', ...(MORE_NEEDED[bundler] ?? [])],
        run: bundledLibrary(bundle, `${bundler}-library`),
      })
  ),
  {
    what: 'the name posthog-node',
    module: 'cjs',
    fixture: 'alias',
    run: async (room, expected) => assertLibrary(await room.node('library.cjs'), expected),
  },
  {
    what: 'the name posthog-node',
    module: 'esm',
    fixture: 'alias',
    run: async (room, expected) => assertLibrary(await room.node('library.mjs'), expected),
  },
  { what: 'the name posthog-node, TypeScript', module: 'cjs', fixture: 'alias', run: compiled('typed.cjs') },
  { what: 'the name posthog-node, TypeScript', module: 'esm', fixture: 'alias', run: compiled('typed.mjs') },
  {
    what: 'the name posthog-node, doctor',
    module: 'cjs',
    fixture: 'alias',
    run: async (room) => {
      const { stdout } = await room.bin('posthog-node-native', 'doctor', '--offline')
      const text = stdout.replace(/\s+/g, ' ')
      assert.match(text, /installed as posthog-node-original: the name posthog-node means posthog-node-native here/)
    },
  },
  { what: 'an example, Express', module: 'esm', fixture: 'examples', obstacle: withNpmAlone, run: runExpress },
  { what: 'an example, NestJS', module: 'esm', fixture: 'examples', obstacle: withNpmAlone, run: runNest },
  {
    what: 'Next.js standalone',
    module: 'esm',
    fixture: 'next',
    obstacle: needsNodeModules('Turbopack'),
    run: (room, expected) => runNext(room, expected, 'build'),
  },
  {
    what: 'Next.js standalone, webpack',
    module: 'esm',
    fixture: 'next',
    obstacle: withNpmAlone,
    run: (room, expected) => runNext(room, expected, 'build', '--webpack'),
  },
]
