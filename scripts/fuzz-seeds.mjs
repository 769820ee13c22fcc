// What fuzzing starts from: the definitions that this repository has, cut into documents small enough to be varied.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { root } from './run.mjs'

const require = createRequire(import.meta.url)
const parity = (/** @type {string} */ file) => require(path.join(root, '__test__', 'parity', file))
const { randomCase } = parity('generate/case.js')
const { toJson } = parity('support/spec.js')

/** Texts in which each parser finds something to read. A target that is not here decodes its input, and needs none. */
const TEXTS = {
  regex: ['^[a-z]+@hedgehog\\.example$', '(?:a|b)*c{2,3}?', '[^\\d\\-\\x41]', '(a{9}){9}', 'a|', '(', '[z-a]', '\\bx'],
  dates: ['2024-02-29T12:30:00.123+02:00', '-7d', '3m', '2024-02-29', 'Thu, 29 Feb 2024', '9999y'],
  semver: ['v1.2.3-rc.1+build', '0.0.3', '1.*', '01.2', '1..2'],
}

/** The bytes of an input that holds a text, see fuzz/checks/. */
const FRAMES = {
  regex: (/** @type {string} */ text) => [0xff, 0, 0, ...Buffer.from(text)],
  dates: (/** @type {string} */ text) => [2, 0, ...framed(text), ...framed(text)],
  semver: (/** @type {string} */ text) => [0xff, ...framed(text), ...framed(text)],
}

/** @param {string} text */
function framed(text) {
  return [5, text.length, 0, ...Buffer.from(text), 0]
}

/**
 * Writes the seeds of a target.
 *
 * @param {string} target
 * @param {string} folder
 * @returns {string[]} the folder, if the target has any
 */
export function writeSeeds(target, folder) {
  const seeds = target === 'compile' ? documents() : textSeeds(target)
  if (seeds.length === 0) {
    return []
  }
  mkdirSync(folder, { recursive: true })
  seeds.forEach((seed, index) => writeFileSync(path.join(folder, `seed-${index}`), seed))
  return [folder]
}

/** @param {string} target */
function textSeeds(target) {
  if (!(target in TEXTS)) {
    return []
  }
  const name = /** @type {keyof typeof TEXTS} */ (target)
  return TEXTS[name].map((text) => Buffer.from(FRAMES[name](text)))
}

/** A document for each flag of the example, with the cohorts, and small ones of those that the parity tests make up. */
function documents() {
  const example = JSON.parse(readFileSync(path.join(root, 'examples', 'project-definitions.json'), 'utf8'))
  const { flags, ...rest } = example
  const single = flags.map((/** @type {unknown} */ flag) => JSON.stringify({ flags: [flag], ...rest }))
  const random = Array.from({ length: 200 }, (_, index) => toJson(randomCase(1, index).definitions))
  return [...single, ...random.filter((document) => document.length < 4000)].map((document) => `\x00\x01${document}`)
}
