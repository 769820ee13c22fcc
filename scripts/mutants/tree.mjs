// The core without the poller in a tree of its own: a mutant of it builds in half the time, and cargo-mutants may change
// the files in place while somebody works on theirs.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { root } from '../run.mjs'
import { PLANTED } from './weave.mjs'

/** Modules that evaluation does not need. */
const LEFT_OUT = ['binding', 'poller', 'provider', 'retry_after', 'transport']

/** The replay of recorded answers becomes a module, so that the core is built once. */
const ADDITIONS = `pub mod planted;

#[cfg(test)]
extern crate self as posthog_node_native;

#[cfg(test)]
#[path = "../tests/agreement.rs"]
mod agreement;
`

/** Dependencies of the modules that are left. */
const DEPENDENCIES = [
  'flate2',
  'hashbrown',
  'indexmap',
  'parking_lot',
  'regex',
  'ryu-js',
  'serde',
  'serde_json',
  'sha1',
]

/**
 * Brings the tree up to date. What has not changed stays as it is, for cargo goes by the time of a change.
 *
 * @param {string} tree
 * @param {Map<string, string>} changed files that differ from the repository's
 */
export function layOut(tree, changed) {
  /** @type {Map<string, Buffer | string>} */
  const files = new Map([
    ...changed,
    ['Cargo.toml', manifest()],
    ['src/lib.rs', library()],
    ['src/planted.rs', PLANTED],
  ])
  for (const file of ['Cargo.lock', 'tests/agreement.rs', ...filesIn('tests/agreement'), ...filesIn('src')]) {
    const [module] = path.relative('src', file).split(/[/.]/)
    if (!files.has(file) && !LEFT_OUT.includes(module)) {
      files.set(file, readFileSync(path.join(root, file)))
    }
  }
  for (const file of filesIn('', tree)) {
    if (!files.has(file)) {
      rmSync(path.join(tree, file))
    }
  }
  for (const [file, content] of files) {
    write(path.join(tree, file), content)
  }
}

/**
 * @param {string} file
 * @param {Buffer | string} content
 */
function write(file, content) {
  try {
    if (readFileSync(file).equals(Buffer.from(content))) {
      return
    }
  } catch {
    mkdirSync(path.dirname(file), { recursive: true })
  }
  writeFileSync(file, content)
}

function library() {
  const text = readFileSync(path.join(root, 'src/lib.rs'), 'utf8')
  const module = new RegExp(`^(#\\[[^\\n]*\\]\\n)*(pub )?mod (${LEFT_OUT.join('|')});\\n`, 'gm')
  return text.replace(module, '') + ADDITIONS
}

function manifest() {
  const text = readFileSync(path.join(root, 'Cargo.toml'), 'utf8')
  const dependencies = DEPENDENCIES.map((name) => {
    const line = new RegExp(`^${name} = .*$`, 'm').exec(text)
    if (line === null) {
      throw new Error(`expected a dependency ${name} in Cargo.toml; correct DEPENDENCIES in scripts/mutants/tree.mjs`)
    }
    return line[0]
  })
  return `[package]
name = "posthog-node-native"
version = "0.0.0"
edition = "2024"

[lib]
doctest = false

[features]
napi = []

[dependencies]
${dependencies.join('\n')}

[profile.mutants]
inherits = "dev"
debug = 0

[profile.mutants.package."*"]
opt-level = 2
`
}

/**
 * @param {string} folder
 * @param {string} [top]
 * @returns {string[]} paths within `top`
 */
function filesIn(folder, top = root) {
  try {
    return readdirSync(path.join(top, folder), { withFileTypes: true }).flatMap((entry) => {
      const file = path.join(folder, entry.name)
      return entry.isDirectory() ? filesIn(file, top) : [file]
    })
  } catch {
    return []
  }
}
