'use strict'

// What Rust and JavaScript both write down has to be the same on both sides: a value of one side that the other does not
// know fails here, whichever side was changed.
const assert = require('node:assert/strict')
const { readFileSync } = require('node:fs')
const path = require('node:path')
const test = require('node:test')

const { OPERATORS } = require('../../../cli/definitions/obstacles.js')
const { loadBinding } = require('../../../lib/addon/load-binding.js')
const { OWN_UNDEFINED, UNREADABLE } = require('../../../lib/evaluation/exotic-value.js')
const { HOOKS } = require('../../../lib/evaluation/hooks.js')
const { ENDLESS, LAST_VALUE, THROWN, reasonOf } = require('../../../lib/evaluation/result-codes.js')
const { Snapshot } = require('../../../lib/evaluation/snapshot.js')
const { ALL_OPERATORS } = require('../../parity/generate/operators.js')

const root = path.join(__dirname, '../../..')

/** A source file without its comments and unit tests. @param {string} file */
function sourceOf(file) {
  const text = readFileSync(path.join(root, file), 'utf8').replace(/^\s*\/\/.*$/gm, '')
  return text.split('#[cfg(test)]')[0]
}

/**
 * The first part of a source file that a pattern describes.
 *
 * @param {string} file
 * @param {RegExp} pattern
 */
function find(file, pattern) {
  const [, found] = pattern.exec(sourceOf(file)) ?? []
  assert.ok(found, `expected ${file} to hold ${pattern}`)
  return found
}

/** @param {string} file @param {string} name of a constant */
function numberIn(file, name) {
  return Number(find(file, new RegExp(`\\bconst ${name}(?:: \\w+)? = ([\\w ]+)`)).replaceAll('_', ''))
}

/** @param {Iterable<string>} names */
const sorted = (names) => [...new Set(names)].sort()

test('both sides give results the same codes', () => {
  assert.equal(ENDLESS, numberIn('src/outcome.rs', 'ENDLESS'))
  assert.equal(THROWN, numberIn('src/outcome.rs', 'THROWN'))
  assert.equal(LAST_VALUE, numberIn('src/outcome.rs', 'LAST_VALUE'))
})

test('both sides know the same reasons, in the same order', () => {
  const file = 'src/outcome.rs'
  const names = new Map(
    Array.from(sourceOf(file).matchAll(/Self::(\w+) => "(\w+)"/g), ([, variant, name]) => [variant, name])
  )
  const variants = find(file, /enum UnresolvedReason \{([^}]*)\}/).match(/\w+/g) ?? []
  const unresolved = numberIn(file, 'UNRESOLVED')
  const reasons = find('lib/evaluation/result-codes.js', /const REASONS = \[([^\]]*)\]/).match(/\w+/g)
  assert.deepEqual(
    reasons,
    variants.map((variant) => names.get(variant))
  )
  variants.forEach((variant, number) => assert.equal(reasonOf(unresolved - number), names.get(variant), variant))
})

test('both sides put as many numbers before the flags of a call', () => {
  assert.equal(numberIn('lib/evaluation/exchange.js', 'HEAD'), numberIn('src/binding/evaluator.rs', 'HEAD'))
})

test('Rust calls every hook that there is, and no other', () => {
  const source = ['hooks', 'input'].map((name) => sourceOf(`src/binding/${name}.rs`)).join('\n')
  const called = Array.from(
    source.matchAll(/\bc"(\w+)"|get_named_property\("(\w+)"\)/g),
    ([, name, looked]) => name ?? looked
  ).filter((name) => name !== 'thrown')
  assert.deepEqual(sorted(called), sorted(Object.keys(HOOKS)))
})

test('both sides take a symbol for the same', () => {
  const arms = Array.from(sourceOf('src/binding/hooks.rs').matchAll(/(\d+)\.0 => Meaning::(\w+)/g))
  const numbers = Object.fromEntries(arms.map(([, number, meaning]) => [meaning, Number(number)]))
  assert.deepEqual(numbers, { Undefined: HOOKS.meaningOf(OWN_UNDEFINED), Unreadable: HOOKS.meaningOf(UNREADABLE) })
  assert.ok(!Object.values(numbers).includes(HOOKS.meaningOf(Symbol('of a caller'))))
})

test('the doctor knows the operators that the evaluator knows, and so do the generators of parity', () => {
  const compile = find('src/matchers/mod.rs', /fn compile_within\(([^]*?)\n\}/)
  const semver = find('src/matchers/semver.rs', /pub fn compile\(([^]*?)_ => return None/)
  const known = [
    ...Array.from(compile.matchAll(/"(\w+)"/g), ([, name]) => name),
    ...Array.from(semver.matchAll(/"([a-z]+)"/g), ([, name]) => `semver_${name}`),
  ]
  assert.deepEqual(sorted(OPERATORS), sorted(known))
  assert.deepEqual(sorted(OPERATORS), sorted(ALL_OPERATORS))
})

test('the evaluator takes no operator of the doctor for unknown, and any other one', () => {
  const reasons = [...OPERATORS, 'no_such_operator'].map((operator) => {
    const value = operator.includes('date') ? '2024-01-01' : operator === 'semver_wildcard' ? '1.*' : '1.2.3'
    const properties = [{ key: 'name', type: 'person', operator, value }]
    const document = { flags: [{ key: 'flag', active: true, filters: { groups: [{ properties }] } }] }
    const [found] = compiled(document).unresolvable
    return [operator, found?.reason]
  })
  assert.deepEqual(
    reasons.filter(([, reason]) => reason !== undefined),
    [['no_such_operator', 'unsupported_definition']]
  )
})

test('JavaScript reads every field of the description, and no other', (t) => {
  const deep = JSON.parse('['.repeat(1000) + ']'.repeat(1000))
  const always = { groups: [{}], payloads: { true: 1 } }
  const variants = { variants: [{ key: 'x', rollout_percentage: 100 }] }
  const beside = { id: 1, active: true, has_experiment: true, evaluation_runtime: 'all', filters: always }
  const document = {
    // Each kind of field is there: a key that comes twice, one that is no text, and a flag that cannot be read.
    flags: [
      { ...beside, key: 'twice' },
      { ...beside, key: 'twice' },
      { ...beside, key: 7 },
      { ...beside, key: 'variants', filters: { ...always, multivariate: variants } },
      { ...beside, key: 'unreadable', filters: { ...always, groups: [{ properties: deep }] } },
      { ...beside, key: 'continuous', ensure_experience_continuity: true },
    ],
  }
  const definitions = loadBinding().FlagDefinitions.compile(JSON.stringify(document), 'cache', [])
  const [written, read] = [new Set(), new Set()]
  const { parse } = JSON
  t.mock.method(JSON, 'parse', (/** @type {string} */ text) => watched(parse(text), '', written, read))
  const snapshot = new Snapshot(definitions)
  void snapshot.unresolvable
  for (const record of snapshot.featureFlags) {
    void [record.id, record.active, record.has_experiment, record.evaluation_runtime]
    void [record.valueTable, record.payloads, record.isUnreadable]
  }
  assert.ok(written.has('decidedBy') && written.has('unusualKeys') && written.has('unreadable'), sorted(written).join())
  assert.deepEqual(sorted(read), sorted(written))
})

/** @param {object} document */
function compiled(document) {
  return new Snapshot(loadBinding().FlagDefinitions.compile(JSON.stringify(document), 'cache', []))
}

/**
 * An object that takes down which fields it has, and which are read of it and of the objects in its lists.
 *
 * @param {any} value
 * @param {string} prefix
 * @param {Set<string>} written
 * @param {Set<string>} read
 * @returns {any}
 */
function watched(value, prefix, written, read) {
  if (Array.isArray(value)) {
    return value.map((element) => watched(element, prefix, written, read))
  }
  if (typeof value !== 'object' || value === null || prefix === 'payloads.') {
    return value
  }
  for (const [name, field] of Object.entries(value)) {
    written.add(prefix + name)
    value[name] = watched(field, `${name}.`, written, read)
  }
  return new Proxy(value, {
    get(target, name) {
      read.add(prefix + String(name))
      return Reflect.get(target, name)
    },
  })
}
