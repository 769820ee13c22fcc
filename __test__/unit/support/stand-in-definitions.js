'use strict'

// A snapshot over native definitions that another object stands in for, and a reporter that keeps what it is told.

const { Snapshot, findRecords } = require('../../../lib/evaluation/snapshot')

const CONTEXT = /** @type {any} */ ({ distinctId: 'kari', groups: {}, personProperties: {}, groupProperties: {} })
const PANIC = Object.assign(new Error('panicked at src/a.rs:1'), { code: 'ERR_POSTHOG_NATIVE_PANIC' })

/** What the native side returns where flags have failed. @param {number} number @param {...[number, string]} failures */
const failed = (number, ...failures) => JSON.stringify([number, ...failures])

/**
 * A snapshot whose native evaluator ends as it is told: `one`, `some` and `all` are what it returns or throws, by index.
 *
 * @param {object} options
 * @param {string[]} [options.keys]
 * @param {object} [options.overview]
 * @param {any} [options.inputs] all inputs of the calls
 * @param {number[][]} [options.slots] what each flag reads
 * @param {(index: number) => any} [options.one]
 * @param {(numbers: Int32Array, values: any[]) => any} [options.some]
 * @param {(codes: Uint16Array) => any} [options.all]
 * @param {(position: number) => any} [options.details]
 */
function snapshotOf({ keys = ['a', 'b', 'c'], overview, inputs = [], slots = [], one, some, all, details }) {
  /** @type {any[]} */
  const calls = []
  /** @type {Error[]} */
  const panics = []
  const definitions = /** @type {any} */ ({
    overview: () =>
      JSON.stringify({ length: keys.length, inputs, problems: [], unresolvable: [], dateLists: [], ...overview }),
    evaluator: () => ({
      count: keys.length,
      one: (/** @type {number} */ index, /** @type {any[]} */ ...values) => (
        calls.push(['one', index, ...values]),
        one ? one(index) : 0
      ),
      some: (/** @type {ArrayBuffer} */ buffer, /** @type {any[]} */ ...values) => {
        calls.push(['some', ...values])
        return some?.(new Int32Array(buffer), values)
      },
      all: (/** @type {ArrayBuffer} */ buffer, /** @type {any[]} */ ...values) => {
        calls.push(['all', ...values])
        return all?.(new Uint16Array(buffer))
      },
    }),
    inputsOf: (/** @type {number} */ index) => (calls.push(['inputsOf', index]), slots[index] ?? []),
    keys: () => JSON.stringify(keys),
    find: (/** @type {string} */ key) => (keys.includes(key) ? keys.lastIndexOf(key) : null),
    outline: () => JSON.stringify(keys.map(() => ({ values: ['blue'], has_payloads: true }))),
    details: (/** @type {number} */ position) =>
      JSON.stringify({ values: ['blue'], payloads: { true: '[1]', blue: '"paint"' }, ...details?.(position) }),
    supersede: (/** @type {any} */ other) => calls.push(['supersede', other]),
    release: () => calls.push(['release']),
    dispose: () => calls.push(['dispose']),
  })
  const snapshot = new Snapshot(definitions, (panic) => panics.push(panic))
  const { featureFlagsByKey } = snapshot
  return { snapshot, definitions, calls, panics, records: findRecords(featureFlagsByKey, [...new Set(keys)]) }
}

/** @param {{ debugging?: boolean }} [options] */
function reporterOf({ debugging = false } = {}) {
  /** @type {string[]} */
  const told = []
  const reporter = {
    debugging,
    error: (/** @type {Error} */ error) => void told.push(error.message),
    debug: (/** @type {string} */ message) => void told.push(message),
  }
  return { told, reporter }
}

module.exports = { CONTEXT, PANIC, failed, reporterOf, snapshotOf }
