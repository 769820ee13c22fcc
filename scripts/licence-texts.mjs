// Finds the licences that crates bring along, and puts those together that differ in nothing but whose they are.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** @typedef {import('./notices.mjs').Crate} Crate */

const LICENCE_FILE = /^(licen[cs]e|copying|copyright|notice|unlicense)/i
const COPYRIGHT_LINE = /^\s*(?:[-*]\s*)?(?:copyright\b|©|\(c\)).*/i
/** Zstandard may be had under either; the other is its BSD licence. */
const NOT_CHOSEN = /^\s*GNU GENERAL PUBLIC LICENSE/

/** Linked into each addon, and no crate of Cargo.lock. */
export const STANDARD_LIBRARY = `Besides, there is Rust's standard library, copyright The Rust Project Developers and contributors, under MIT OR Apache-2.0.
In the addons for musl there are parts of musl, copyright Rich Felker and others, under MIT, and of LLVM's libunwind and
compiler-rt, under Apache-2.0 WITH LLVM-exception.`

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`

/**
 * Each text once, with the crates it is of and, where the text names them, those who hold the copyright.
 *
 * @param {Crate[]} crates
 * @returns {{ holders: string[], body: string }[]} in the order of the first crate
 */
export function licenceTexts(crates) {
  /** @type {Map<string, { body: string, holders: Map<string, string[]> }>} */
  const groups = new Map()
  for (const crate of crates) {
    for (const text of textsOf(crate, crates)) {
      const { copyright, body } = takeApart(text)
      // Many fill their lines differently.
      const words = body.replace(/[\s*]+/g, ' ').toLowerCase()
      const group = groups.get(words) ?? { body, holders: new Map() }
      groups.set(words, group)
      group.holders.set(copyright, [...(group.holders.get(copyright) ?? []), crate.name])
    }
  }
  return [...groups.values()].map(({ body, holders }) => ({
    body,
    holders: [...holders].map(([copyright, names]) =>
      [[...new Set(names)].join(', '), copyright].filter(Boolean).join(': ')
    ),
  }))
}

/**
 * @param {Crate} crate
 * @param {Crate[]} crates
 * @returns {string[]}
 */
function textsOf(crate, crates) {
  const own = chosenTexts(crate)
  if (own.length > 0) {
    return own
  }
  // A workspace may keep its licence in one of its crates, or in none of those that it publishes.
  const sibling = crates.find(
    (other) => other.repository === crate.repository && other.license === crate.license && chosenTexts(other).length > 0
  )
  if (sibling !== undefined) {
    return chosenTexts(sibling)
  }
  if (crate.license !== 'MIT' || crate.authors.length === 0) {
    throw new Error(`expected a licence file in the crate ${crate.name}, which is under ${crate.license}; found none`)
  }
  return [`Copyright (c) ${crate.authors.map((author) => author.replace(/ *<.*>/, '')).join(', ')}\n\n${MIT}`]
}

/** @param {Crate} crate */
function chosenTexts({ folder, license }) {
  const files = licenceFiles(folder)
  const isChoice = /\bOR\b|\//.test(license) && /\bMIT\b/.test(license)
  const others = /apache|isc|bsl|boost|zlib|0bsd|unlicense|copying/i
  const chosen =
    isChoice && files.some((file) => /mit/i.test(path.basename(file)))
      ? files.filter((file) => !others.test(path.basename(file)))
      : files
  return chosen
    .map((file) => readFileSync(file, 'utf8').replace(/\r\n?/g, '\n').trim())
    .filter((text) => text !== '' && !NOT_CHOSEN.test(text))
}

/**
 * Those of the crate and of the foreign code in it.
 *
 * @param {string} folder
 * @returns {string[]}
 */
function licenceFiles(folder) {
  if (!existsSync(folder)) {
    throw new Error(`expected the source of a crate in ${path.basename(folder)}: run cargo fetch`)
  }
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const file = path.join(folder, entry.name)
      if (entry.isDirectory()) {
        return licenceFiles(file)
      }
      return LICENCE_FILE.test(entry.name) && !/\.(rs|c|h|py|html)$/.test(entry.name) ? [file] : []
    })
}

/** @param {string} text */
function takeApart(text) {
  const lines = text.split('\n')
  // Those at the beginning: later on they belong to the text, as in a list of several licences.
  const end = lines.findIndex((line) => line.trim() !== '' && !COPYRIGHT_LINE.test(line) && !isTitle(line))
  const head = end === -1 ? lines : lines.slice(0, end)
  const copyright = head.filter((line) => COPYRIGHT_LINE.test(line)).map((line) => line.trim())
  const body = lines.slice(head.length).join('\n').trim()
  return { copyright: copyright.join('; '), body: body.replaceAll('```', "'''") }
}

/** @param {string} line */
function isTitle(line) {
  return /^[\s#(]*(the )?(mit|isc|bsd|unicode)\b.{0,30}$/i.test(line) || /^\s*(all rights reserved\.?)\s*$/i.test(line)
}
