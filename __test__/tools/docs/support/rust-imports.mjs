// What each file of a Rust crate imports from other files of it: by `use`, by a qualified path, or as a module that it declares.
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

/**
 * @typedef {object} Module one file of the crate
 * @property {string} file
 * @property {string} code without comments, texts and tests
 * @property {Map<string, string>} children the files of the modules that it declares, by name
 * @property {Map<string, string[]>} names what `use` brings into it: a path by the name that it has here
 * @property {string[][]} globs the modules of which it brings in everything
 */

/** A name that the file itself defines. */
const DEFINITION = /\b(?:struct|enum|trait|type|fn|const|static|union|macro_rules!)\s+(?:mut\s+)?(\w+)/g

/**
 * Blanks out what is no code: comments, texts and letters in quotes. What is left keeps its place.
 *
 * @param {string} text
 * @returns {string}
 */
function codeOf(text) {
  const noCode =
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|(?<!\w)b?r(#*)"[\s\S]*?"\1|(?<!\w)b?"(?:\\[\s\S]|[^"\\])*"|(?<!\w)b?'(?:\\(?:u\{\w+\}|x\w\w|.)|[^'\\\n])'/g
  return text.replace(noCode, (found) => found.replace(/[^\n]/g, ' '))
}

/**
 * Blanks out items that only tests have.
 *
 * @param {string} code
 * @returns {string}
 */
function withoutTests(code) {
  let rest = code
  for (;;) {
    const start = rest.indexOf('#[cfg(test)]')
    if (start < 0) return rest
    const end = endOfItem(rest, start)
    rest = rest.slice(0, start) + rest.slice(start, end).replace(/[^\n]/g, ' ') + rest.slice(end)
  }
}

/**
 * @param {string} code
 * @param {number} start
 * @returns {number} where the item that starts there ends: behind its braces, or behind a semicolon before them
 */
function endOfItem(code, start) {
  let depth = 0
  for (let at = start; at < code.length; at++) {
    if (code[at] === ';' && depth === 0) return at + 1
    if (code[at] === '{') depth++
    if (code[at] === '}' && --depth === 0) return at + 1
  }
  return code.length
}

/**
 * The paths of a `use` tree, each with the name that it has in the file.
 *
 * @param {string} tree
 * @param {string[]} before
 * @returns {{ path: string[]; name: string }[]}
 */
function pathsOf(tree, before = []) {
  const text = tree.trim()
  const brace = text.indexOf('{')
  if (brace >= 0) {
    const head = text.slice(0, brace).split('::').filter(Boolean)
    const inner = text.slice(brace + 1, text.lastIndexOf('}'))
    return splitTopLevel(inner).flatMap((part) => pathsOf(part, [...before, ...head.map((step) => step.trim())]))
  }
  const [target, alias] = text.split(/\s+as\s+/)
  const steps = [...before, ...target.split('::').map((step) => step.trim())].filter(Boolean)
  const full = steps.at(-1) === 'self' && steps.length > 1 ? steps.slice(0, -1) : steps
  return full.length === 0 ? [] : [{ path: full, name: alias ?? full[full.length - 1] }]
}

/**
 * @param {string} text
 * @returns {string[]} its parts between commas that stand in no braces
 */
function splitTopLevel(text) {
  const parts = ['']
  let depth = 0
  for (const letter of text) {
    if (letter === '{') depth++
    if (letter === '}') depth--
    if (letter === ',' && depth === 0) parts.push('')
    else parts[parts.length - 1] += letter
  }
  return parts.filter((part) => part.trim() !== '')
}

/**
 * Reads a file and the modules that it declares.
 *
 * @param {string} file
 * @param {Map<string, Module>} modules
 */
function read(file, modules) {
  const code = withoutTests(codeOf(readFileSync(file, 'utf8')))
  /** @type {Module} */
  const module = { file, code, children: new Map(), names: new Map(), globs: [] }
  modules.set(file, module)
  const isFolder = ['mod.rs', 'lib.rs'].includes(path.basename(file))
  const folder = isFolder ? path.dirname(file) : file.slice(0, -'.rs'.length)
  for (const [, name] of code.matchAll(/\bmod\s+(\w+)\s*;/g)) {
    const child = [`${name}.rs`, path.join(name, 'mod.rs')].map((end) => path.join(folder, end)).find(existsSync)
    if (child === undefined) throw new Error(`expected a file of the module '${name}' of ${file} but found none`)
    module.children.set(name, child)
    read(child, modules)
  }
  for (const [, tree] of code.matchAll(/\buse\s+([^;]+);/g)) {
    for (const { path: steps, name } of pathsOf(tree)) {
      if (name === '*') module.globs.push(steps.slice(0, -1))
      else module.names.set(name, steps)
    }
  }
}

/**
 * What the files of a crate import from each other.
 *
 * @param {string} root its `lib.rs`
 * @returns {Map<string, Set<string>>} the files that each file imports from
 */
export function importsOf(root) {
  /** @type {Map<string, Module>} */
  const modules = new Map()
  read(root, modules)
  /** @type {Map<string, string>} */
  const parents = new Map()
  for (const { file, children } of modules.values()) for (const child of children.values()) parents.set(child, file)

  /**
   * The file where a path leads to; a name that a file hands on leads to where it comes from. A path to a module as such
   * takes nothing of it; what is taken by way of that name is found where it is used.
   *
   * @param {string} from
   * @param {string[]} steps
   * @param {Set<string>} [met] what is being looked up
   * @returns {string | undefined} nothing for a path out of the crate, or to a module
   */
  const resolve = (from, steps, met = new Set()) => {
    const question = `${from} ${steps.join('::')}`
    if (met.has(question)) return undefined
    met.add(question)
    const [first, ...rest] = steps
    const module = /** @type {Module} */ (modules.get(from))
    if (first === undefined) return undefined
    if (first === '*') return from
    if (first === 'crate') return resolve(root, rest, met)
    if (first === 'self') return resolve(from, rest, met)
    if (first === 'super') return resolve(parents.get(from) ?? root, rest, met)
    const child = module.children.get(first)
    if (child !== undefined) return resolve(child, rest, met)
    const known = module.names.get(first)
    if (known !== undefined) return resolve(from, [...known, ...rest], met)
    if ([...module.code.matchAll(DEFINITION)].some(([, name]) => name === first)) return from
    for (const glob of module.globs) {
      const found = resolve(from, [...glob, first], met)
      if (found !== undefined) return found
    }
    return undefined
  }

  return new Map(
    [...modules.values()].map((module) => {
      const qualified = [...module.code.matchAll(/\b\w+(?:::\w+)+/g)].map(([found]) => found.split('::'))
      const found = [...module.names.values(), ...module.globs.map((steps) => [...steps, '*']), ...qualified].map(
        (steps) => resolve(module.file, steps)
      )
      const imported = new Set([...module.children.values(), ...found.filter((file) => file !== undefined)])
      imported.delete(module.file)
      return [module.file, imported]
    })
  )
}

/**
 * The circles of a graph: files of which each leads to every other.
 *
 * @param {Map<string, Set<string>>} graph
 * @returns {string[][]}
 */
export function circlesOf(graph) {
  /** @type {Map<string, Set<string>>} */
  const reached = new Map()
  for (const start of graph.keys()) {
    const met = new Set()
    const pending = [...(graph.get(start) ?? [])]
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (met.has(next)) continue
      met.add(next)
      pending.push(...(graph.get(next) ?? []))
    }
    reached.set(start, met)
  }
  /** @type {Set<string>} */
  const seen = new Set()
  return [...graph.keys()].flatMap((file) => {
    if (seen.has(file) || !reached.get(file)?.has(file)) return []
    const circle = [...graph.keys()].filter((other) => reached.get(file)?.has(other) && reached.get(other)?.has(file))
    for (const member of circle) seen.add(member)
    return [circle]
  })
}
