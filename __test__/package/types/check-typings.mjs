// Compiles the type tests as users would: with the oldest TypeScript that is supported and the one used here, under each way to
// resolve modules, CommonJS and ES modules, with the declarations themselves checked too.
// `node __test__/package/types/check-typings.mjs`; a step of `npm test`. `--rest` compiles with a version between the two, and with
// the oldest version what it takes for another name of the same, as `npm run test:long` does.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { root, runCaptured } from '../../../scripts/run.mjs'

/** By the name they are installed under, each with the ways to resolve modules. @type {[string, string[]][]} */
const COMPILERS = process.argv.includes('--rest')
  ? [
      ['typescript-5.9', ['node16', 'nodenext', 'bundler']],
      ['typescript-5.0', ['node16']],
    ]
  : [
      ['typescript-5.0', ['nodenext', 'bundler']],
      ['typescript', ['node16', 'nodenext', 'bundler']],
    ]

/** @type {{ moduleResolution: string, module: string, takes: RegExp }[]} */
const RESOLUTIONS = [
  { moduleResolution: 'node16', module: 'node16', takes: /\.[cm]?ts$/ },
  { moduleResolution: 'nodenext', module: 'nodenext', takes: /\.[cm]?ts$/ },
  // What a bundler is given is written as ES modules.
  { moduleResolution: 'bundler', module: 'esnext', takes: /\.m?ts$/ },
]

const TESTS = path.join(root, '__test__', 'package', 'types')
const FOLDER = path.join(root, 'target', 'typings')
/** As users of posthog-node have them; each is compiled with the import changed, too: the one change that a user makes. */
const CACHES = [
  path.join(TESTS, 'caches.ts'),
  path.join(TESTS, 'redis-flag-cache.ts'),
  path.join(root, '__test__', 'support', 'file-flag-cache.ts'),
  path.join(root, 'examples', 'sqlite-flag-cache.ts'),
]

rmSync(FOLDER, { recursive: true, force: true })
const files = [
  ...readdirSync(TESTS)
    .filter((name) => /\.[cm]?ts$/.test(name))
    .map((name) => path.join(TESTS, name)),
  ...CACHES.filter((file) => !file.startsWith(TESTS)),
  ...CACHES.map((file, index) => copyForUs(file, index)),
  // posthog-node's declarations name a package that they do not bring.
  write('express.d.ts', `declare module 'express'\n`),
]

let failed = false
for (const [compiler, ways] of COMPILERS) {
  const { version } = JSON.parse(readFileSync(path.join(root, 'node_modules', compiler, 'package.json'), 'utf8'))
  const resolutions = RESOLUTIONS.filter(({ moduleResolution }) => ways.includes(moduleResolution))
  for (const { moduleResolution, module, takes } of resolutions) {
    const options = {
      target: 'es2022',
      // posthog-node's declarations name parts of the DOM.
      lib: ['es2022', 'dom', 'dom.iterable'],
      types: ['node'],
      typeRoots: [path.join(root, 'node_modules', '@types')],
      strict: true,
      exactOptionalPropertyTypes: moduleResolution === 'nodenext',
      esModuleInterop: true,
      resolveJsonModule: true,
      noEmit: true,
      skipLibCheck: false,
      skipDefaultLibCheck: true,
      moduleResolution,
      module,
    }
    const chosen = files.filter((file) => takes.test(file))
    const project = write(
      `${compiler}-${moduleResolution}.json`,
      JSON.stringify({ compilerOptions: options, files: chosen })
    )
    const tsc = path.join(root, 'node_modules', compiler, 'bin', 'tsc')
    const { ok, output } = await runCaptured(process.execPath, [tsc, '--project', project, '--pretty', 'false'])
    console.log(`${ok ? 'ok    ' : 'FAILED'} TypeScript ${version}, ${moduleResolution}: ${chosen.length} files`)
    if (!ok) {
      console.log(output.trimEnd())
      failed = true
    }
  }
}
process.exitCode = failed ? 1 : 0

/**
 * A copy that imports from this package.
 *
 * @param {string} file
 * @param {number} index
 */
function copyForUs(file, index) {
  const source = readFileSync(file, 'utf8')
  const changed = source.replaceAll("from 'posthog-node'", "from 'posthog-node-native'")
  if (changed === source) {
    throw new Error(`expected ${file} to import posthog-node`)
  }
  return write(`cache-${index}.ts`, changed)
}

/**
 * @param {string} name
 * @param {string} contents
 */
function write(name, contents) {
  const file = path.join(FOLDER, name)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, contents)
  return file
}
