// What a program in a clean room must print.
import assert from 'node:assert/strict'

/**
 * @typedef {import('./clean-room.mjs').Output} Output
 *
 * @typedef {object} Expected
 * @property {Record<string, unknown>} answer posthog-node's, for the person of the programs
 */

/**
 * The program ended by itself, or there would be no output; it evaluated in Rust as posthog-node does, without a word.
 *
 * @param {Output} output
 * @param {Expected} expected
 */
export function assertNative({ stdout, stderr }, { answer }) {
  assert.deepEqual(JSON.parse(stdout), { engine: 'native', ...answer })
  assert.doesNotMatch(stderr, /posthog/i)
}

/**
 * The client that a library made for itself evaluated in Rust. posthog-node says that the library's call is an old one.
 *
 * @param {Output} output
 * @param {Expected} expected
 */
export function assertLibrary({ stdout, stderr }, { answer }) {
  assert.deepEqual(JSON.parse(stdout), { engine: 'native', featureFlags: answer.featureFlags })
  assert.doesNotMatch(stderr, /posthog-node-native/i)
}

/**
 * @param {Output} output
 * @param {Expected} expected
 */
export function assertFallback({ stdout, stderr }, { answer }) {
  assert.deepEqual(JSON.parse(stdout), { engine: 'javascript', ...answer })
  assert.equal(stderr.match(/posthog-node-native cannot use its addon/g)?.length, 1, stderr)
  assert.match(stderr, /Remedy: .*if you use a bundler, leave posthog-node-native external/)
}
