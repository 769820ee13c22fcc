// Which files comments and documents name.
import path from 'node:path'

/** The folders whose files are named by their path from the root. */
const FOLDERS = '(?:__test__|benches|bin|cli|docs|edge|examples|fuzz|lib|scripts|src|tests)'
/** A path from the root, not part of a longer one, of an address or of a package's name. */
const PATH = new RegExp(`(?<![\\w./@:<-])${FOLDERS}/(?:[\\w.*-]|/|\\{[\\w,.-]+\\})*`, 'g')

/**
 * The comments of a source file, line by line, or the whole of a document.
 *
 * @param {string} file
 * @param {string} text
 * @returns {{ line: number, text: string }[]}
 */
export function proseOf(file, text) {
  const lines = text.split('\n').map((line, index) => ({ line: index + 1, text: line }))
  if (file.endsWith('.md')) {
    return lines
  }
  const comment = /\.(?:toml|ya?ml|gitignore|gitattributes)$/.test(file)
    ? /(?:^|\s)#.*$/
    : /(?:^\s*(?:\/\*)?\*+(?:\s|$)|^\s*\/\*|(?:^|\s)\/\/[/!]?\s).*$/
  return lines.flatMap(({ line, text }) => {
    const [found] = comment.exec(text) ?? []
    return found === undefined ? [] : [{ line, text: found }]
  })
}

/**
 * The paths from the root that a text names, such as `src/lib.rs`, `benches/*.rs` or `lib/{addon,errors}/`.
 *
 * @param {string} text
 * @returns {string[]}
 */
export function pathsIn(text) {
  return Array.from(text.matchAll(PATH), ([found]) => found.replace(/[.,-]+$/, '')).flatMap(alternatives)
}

/**
 * The names of source files that a text names alone, such as `lib.rs`.
 *
 * @param {string} text
 * @returns {string[]}
 */
export function namesIn(text) {
  return Array.from(text.matchAll(/`([\w-]+\.(?:rs|m?js))`/g), ([, name]) => name)
}

/** `a/{b,c}` as `a/b` and `a/c`. @param {string} pattern @returns {string[]} */
function alternatives(pattern) {
  const [braces, list] = /\{([^}]*)\}/.exec(pattern) ?? []
  return braces === undefined
    ? [pattern]
    : list.split(',').flatMap((choice) => alternatives(pattern.replace(braces, choice)))
}

/**
 * The links of a Markdown document to other files of the repository, and within itself.
 *
 * @param {string} text
 * @returns {{ line: number, target: string }[]}
 */
export function linksIn(text) {
  return text.split('\n').flatMap((content, index) => {
    const prose = content.replace(/`[^`]*`/g, (code) => '`'.repeat(code.length))
    const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g), ...prose.matchAll(/^\[[^\]]+\]:\s*(\S+)/g)]
    return links.map(([, target]) => ({ line: index + 1, target })).filter(({ target }) => !/^[a-z]+:/i.test(target))
  })
}

/**
 * What `#…` may follow a link to a Markdown document: its headings, as GitHub names them, and what has an id.
 *
 * @param {string} text
 * @returns {Set<string>}
 */
export function anchorsOf(text) {
  const anchors = new Set()
  for (const [, heading] of text.replace(/^```[^]*?^```/gm, '').matchAll(/^#{1,6}\s+(.*)$/gm)) {
    const plain = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .trim()
      .toLowerCase()
    const anchor = plain.replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-')
    let unique = anchor
    for (let count = 1; anchors.has(unique); count++) {
      unique = `${anchor}-${count}`
    }
    anchors.add(unique)
  }
  for (const [, id] of text.matchAll(/<a id="([^"]+)">/g)) {
    anchors.add(id)
  }
  return anchors
}

/** Finds files and folders among those of the repository. */
export class Tree {
  /** @param {string[]} files by their paths from the root */
  constructor(files) {
    this._entries = new Set(files)
    for (const file of files) {
      for (let folder = path.posix.dirname(file); folder !== '.'; folder = path.posix.dirname(folder)) {
        this._entries.add(folder)
      }
    }
  }

  /** Whether a file of any folder has this name. @param {string} name */
  hasName(name) {
    return [...this._entries].some((entry) => path.posix.basename(entry) === name)
  }

  /**
   * Whether there is such a file or folder; `*` stands for any part of a name. A module may be named without its extension.
   *
   * @param {string} named
   */
  has(named) {
    const entry = named.replace(/\/+$/, '')
    if (!entry.includes('*')) {
      return [entry, `${entry}.js`, `${entry}.rs`].some((each) => this._entries.has(each))
    }
    const literal = (/** @type {string} */ text) => text.replace(/[.{}()+?^$|[\]\\-]/g, '\\$&')
    const pattern = entry.split(/\*\*\/?/).map((part) => part.split('*').map(literal).join('[^/]*'))
    const matcher = new RegExp(`^${pattern.join('.*')}$`)
    return [...this._entries].some((each) => matcher.test(each))
  }
}
