// Holds the public surface to what is written in __test__/package/types/api.snapshot: the declarations without their comments, and
// the names that a program gets by each module system. A change of it is a change of the package's version.
//
//   node __test__/package/types/api-snapshot.mjs           fails if it differs; a step of `npm test`
//   node __test__/package/types/api-snapshot.mjs --write   takes it as it is now
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import { root } from '../../../scripts/run.mjs'

const FILE = path.join(root, '__test__', 'package', 'types', 'api.snapshot')
/** What a program imports, and the declarations of it. */
const ENTRIES = {
  'posthog-node-native': 'index.d.ts',
  'posthog-node-native/caches': path.join('caches', 'index.d.ts'),
  'posthog-node-native/openfeature': path.join('openfeature', 'index.d.ts'),
  'posthog-node-native/testing': path.join('testing', 'index.d.ts'),
}

const HEADING = `The public surface. \`node __test__/package/types/api-snapshot.mjs --write\` writes this file; a change here belongs into CHANGELOG.md.`

const [MAIN, ...SUBPATHS] = Object.keys(ENTRIES)
const snapshot = [
  HEADING,
  ...declarations(MAIN),
  ...runtimeNames(MAIN),
  '## Members of the classes',
  members(),
  ...SUBPATHS.flatMap((name) => [`# ${name}`, ...declarations(name), ...runtimeNames(name)]),
  '',
].join('\n\n')
if (process.argv.includes('--write')) {
  writeFileSync(FILE, snapshot)
} else {
  const differences = compare(readFileSync(FILE, 'utf8').split('\n'), snapshot.split('\n'))
  if (differences.length > 0) {
    console.log(
      `The public surface has changed. If that is meant, run node __test__/package/types/api-snapshot.mjs --write:`
    )
    console.log(differences.join('\n'))
    process.exitCode = 1
  }
}

/**
 * What this package declares itself, in full; of what comes from posthog-node, the names.
 *
 * @param {string} name of what is imported
 */
function declarations(name) {
  const entry = path.join(root, ENTRIES[/** @type {keyof typeof ENTRIES} */ (name)])
  const program = ts.createProgram([entry], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    types: ['node'],
    skipLibCheck: true,
  })
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(entry)
  const module = source && checker.getSymbolAtLocation(source)
  if (source === undefined || module === undefined) {
    throw new Error(`expected ${entry} to be a module`)
  }
  const printer = ts.createPrinter({ removeComments: true })
  /** @type {string[]} */
  const own = []
  /** @type {string[]} */
  const others = []
  /** @type {string[]} */
  const silent = []
  for (const symbol of checker.getExportsOfModule(module).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const declared = (symbol.declarations ?? []).filter((declaration) => isOwn(declaration.getSourceFile(), source))
    if (declared.length === 0) {
      others.push(symbol.name)
    }
    silent.push(...declared.flatMap((declaration) => undocumented(declaration)))
    own.push(
      ...declared.map((declaration) =>
        printer.printNode(ts.EmitHint.Unspecified, declaration, declaration.getSourceFile())
      )
    )
  }
  if (silent.length > 0) {
    throw new Error(`expected a comment that documents each of these in ${entry}: ${silent.join(', ')}`)
  }
  return ['## Declared here', ...own, ...(others.length > 0 ? ['## Declared by posthog-node', others.join('\n')] : [])]
}

/**
 * Whether a file declares what an entry exports as its own.
 *
 * @param {ts.SourceFile} file
 * @param {ts.SourceFile} entry
 */
function isOwn(file, entry) {
  return file === entry || path.dirname(path.resolve(file.fileName)) === path.join(root, 'lib', 'types')
}

/**
 * The names of a declaration and its members that no comment documents.
 *
 * @param {any} declaration
 * @returns {string[]}
 */
function undocumented(declaration) {
  return [declaration, ...(declaration.members ?? [])]
    .filter((node) => ts.getJSDocCommentsAndTags(node).length === 0)
    .map((node) => `${declaration.name.text}.${node.name?.getText() ?? 'constructor'}`)
}

/**
 * What a program finds when it runs.
 *
 * @param {string} name of what is imported
 */
function runtimeNames(name) {
  const list = `Object.keys(native).filter((name) => !/^(module\\.exports|default)$/.test(name)).sort().join('\\n')`
  /** @type {[string, string[]][]} */
  const ways = [
    ['require', ['-p', `const native = require('${name}'); ${list}`]],
    ['import', ['--input-type=module', '-e', `import * as native from '${name}'; console.log(${list})`]],
  ]
  return ways.flatMap(([system, args]) => [`## Names by ${system}`, run(args)])
}

function members() {
  return run([
    '-e',
    `
    const { PostHog, LocalEvaluator } = require('posthog-node-native')
    for (const Class of [PostHog, LocalEvaluator]) {
      const names = Object.getOwnPropertyNames(Class.prototype).filter((name) => !name.startsWith('_')).sort()
      console.log(Class.name + ': ' + names.join(', '))
    }`,
  ])
}

/** @param {string[]} args */
function run(args) {
  return execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' }).trimEnd()
}

/**
 * The lines that are missing and those that are new.
 *
 * @param {string[]} expected
 * @param {string[]} received
 */
function compare(expected, received) {
  if (expected.join('\n') === received.join('\n')) {
    return []
  }
  const [before, after] = [new Set(expected), new Set(received)]
  const lines = [
    ...expected.filter((line) => !after.has(line)).map((line) => `- ${line}`),
    ...received.filter((line) => !before.has(line)).map((line) => `+ ${line}`),
  ]
  return lines.length > 0 ? lines : ['(the same lines in another order)']
}
