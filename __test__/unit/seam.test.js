'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const posthogNode = /** @type {any} */ (require('posthog-node'))
const { findClassProblems, findClientProblems } = require('../../lib/client/seam')
const { POLLER_MEMBERS } = require('../../lib/client/seam')

const { FeatureFlagEvaluations } = posthogNode

/** A client class as posthog-node's, of which the source text has all that is looked for. */
class Base {
  debug() {}
  evaluateFlags() {}
  flush() {}
  getCustomHeaders() {}
  _getFeatureFlagEvaluationsHost() {}
  personPropertiesForLocalEvaluation() {}
  shutdown() {}
  waitForLocalEvaluationReady() {}
  fields() {
    const any = /** @type {any} */ (this)
    return [any.featureFlagsPoller, any._flagOverrides, any._payloadOverrides, any._minimalFlagCalledEvents]
  }
}

const METHODS = [
  'debug',
  'evaluateFlags',
  'flush',
  'getCustomHeaders',
  '_getFeatureFlagEvaluationsHost',
  'personPropertiesForLocalEvaluation',
  'shutdown',
  'waitForLocalEvaluationReady',
]

/** What a class of evaluations takes, and gives again. */
class Evaluations {
  /** @param {any} init */
  constructor(init) {
    this.read(init)
    this.flags = init.flags
    this.unresolved = init.unresolvedFlags
  }
  /** @param {any} init */
  read({ host, distinctId, groups, disableGeoip, flagDefinitionsLoadedAt }) {
    return [host, distinctId, groups, disableGeoip, flagDefinitionsLoadedAt]
  }
  /** @param {string} key @returns {any} */
  getFlag(key) {
    return this.flags[key]?.variant
  }
  /** @param {string} key @returns {any} */
  getFlagPayload(key) {
    return this.flags[key]?.payload
  }
  /** @param {string} key */
  isEnabled(key) {
    return this.flags[key]?.enabled
  }
  get keys() {
    return Object.keys(this.flags)
  }
  get unresolvedFlags() {
    return this.unresolved
  }
}

/** @param {any} Client @param {any} [Class] */
const problemsOf = (Client, Class = FeatureFlagEvaluations) => findClassProblems(Client, Class)

test('nothing is wrong with posthog-node as it is installed, nor with a class like it', () => {
  assert.deepEqual(problemsOf(posthogNode.PostHog), [])
  assert.deepEqual(problemsOf(Base), [])
  assert.deepEqual(problemsOf(Base, Evaluations), [])
  assert.deepEqual(problemsOf(class extends Base {}), [])
})

test('each method that the client lacks is named', () => {
  for (const method of METHODS) {
    const before = Object.getOwnPropertyDescriptor(Base.prototype, method)
    assert.ok(before)
    for (const value of [undefined, 5]) {
      Object.defineProperty(Base.prototype, method, { value, configurable: true })
      assert.deepEqual(problemsOf(Base), [`PostHog has no method ${method}`])
    }
    Object.defineProperty(Base.prototype, method, before)
  }
  const all = METHODS.map((method) => `PostHog has no method ${method}`)
  for (const none of [{}, { prototype: null }]) {
    assert.deepEqual(problemsOf(none), all)
  }
})

test('a poller that is more than a property of a client is a problem', () => {
  for (const value of [undefined, 5]) {
    class Other extends Base {}
    Object.defineProperty(Other.prototype, 'featureFlagsPoller', { value })
    assert.deepEqual(problemsOf(Other), ['featureFlagsPoller is not a plain property of a client'])
  }
})

test('a field that the source never names is a problem, those of classes that it extends counted', () => {
  const without = (/** @type {string} */ text) =>
    Object.assign(
      new Function(`return class Client { ${METHODS.map((name) => `${name}() {}`).join('\n')}\n f() { ${text} } }`)()
    )
  const fields = ['featureFlagsPoller', '_flagOverrides', '_payloadOverrides', '_minimalFlagCalledEvents']
  const naming = (/** @type {string[]} */ names) => names.map((name) => `this.${name}`).join('\n')
  assert.deepEqual(problemsOf(without(naming(fields))), [])
  for (const field of fields) {
    const others = naming(fields.filter((name) => name !== field))
    const problem = [`the client knows no ${field}`]
    assert.deepEqual(problemsOf(without(others)), problem)
    // Another name that holds this one is another name.
    for (const like of [`this.${field}s`, `this.x${field}`, `this.$${field}`, `this.#${field}`, `this.${field}$`]) {
      const source = like.includes('#') ? `${others}\n '${like}'` : `${others}\n ${like}`
      assert.deepEqual(problemsOf(without(source)), problem, like)
    }
    assert.deepEqual(problemsOf(without(`${others}\n this['${field}']`)), [])
  }
  class Heir extends without(naming(fields)) {}
  assert.deepEqual(problemsOf(Heir), [])
})

test('a member of the poller that ours has not is a problem, once', () => {
  const using = (/** @type {string} */ text) =>
    new Function('Base', `return class extends Base { f() { ${text} } }`)(Base)
  for (const text of [
    'this.featureFlagsPoller.newMember()',
    'this.featureFlagsPoller?.newMember()',
    'this.featureFlagsPoller.newMember; this.featureFlagsPoller.newMember',
  ]) {
    assert.deepEqual(problemsOf(using(text)), ['the client uses featureFlagsPoller.newMember, which is not known'])
  }
  assert.deepEqual(problemsOf(using('this.featureFlagsPoller.$new_1')), [
    'the client uses featureFlagsPoller.$new_1, which is not known',
  ])
  assert.deepEqual(problemsOf(using(POLLER_MEMBERS.map((name) => `this.featureFlagsPoller.${name}`).join('\n'))), [])
})

test('where the source cannot be read there is nothing to say of it', () => {
  function Old() {}
  Old.prototype = Base.prototype
  assert.deepEqual(problemsOf(Old), [])
  // One of the classes that it extends is not written as a class.
  class Heir extends /** @type {any} */ (Old) {
    f() {
      return this.featureFlagsPoller.newMember
    }
  }
  assert.deepEqual(problemsOf(Heir), [])
  assert.deepEqual(
    problemsOf(Object.setPrototypeOf(class {}, null)),
    METHODS.map((method) => `PostHog has no method ${method}`).concat(
      ['featureFlagsPoller', '_flagOverrides', '_payloadOverrides', '_minimalFlagCalledEvents'].map(
        (name) => `the client knows no ${name}`
      )
    )
  )
})

test('a client has the values that are read of it', () => {
  const client = () =>
    /** @type {any} */ ({ options: {}, host: 'h', apiKey: 'k', disabled: false, _events: { emit() {} } })
  assert.deepEqual(findClientProblems(client()), [])
  assert.deepEqual(findClientProblems({ ...client(), featureFlagsPoller: {} }), [
    'the client makes a poller although local evaluation is off',
  ])
  for (const name of ['options', 'host', 'apiKey', 'disabled', '_events']) {
    for (const value of [undefined, null, 5]) {
      const problems = findClientProblems({ ...client(), [name]: value })
      assert.equal(problems[0], `the client has no ${name}`, `${name}: ${value}`)
    }
  }
  assert.deepEqual(findClientProblems({ ...client(), _events: {} }), ['the client has no _events.emit'])
  assert.deepEqual(findClientProblems({ ...client(), _events: { emit: 5 } }), ['the client has no _events.emit'])
  assert.deepEqual(findClientProblems({ ...client(), _events: undefined }), ['the client has no _events'])
})

test('evaluations that are none, or throw, are a problem', () => {
  for (const none of [null, 5, {}]) {
    assert.deepEqual(problemsOf(Base, none), ['there is no FeatureFlagEvaluations'])
  }
  class Throwing {
    constructor() {
      throw new TypeError('not so')
    }
  }
  assert.deepEqual(problemsOf(Base, Throwing), [
    'FeatureFlagEvaluations cannot be used as expected (TypeError: not so)',
  ])
  class WithoutKeys extends Evaluations {
    get keys() {
      return /** @type {any} */ (undefined)
    }
  }
  assert.match(problemsOf(Base, WithoutKeys)[0], /^FeatureFlagEvaluations cannot be used as expected \(TypeError/)
})

test('what evaluations do not take is named', () => {
  class Ignoring extends Evaluations {
    /** @param {any} init */
    read({ distinctId, groups, flagDefinitionsLoadedAt }) {
      return [distinctId, groups, flagDefinitionsLoadedAt]
    }
  }
  assert.deepEqual(problemsOf(Base, Ignoring), ['FeatureFlagEvaluations takes no host, disableGeoip'])
})

test('what evaluations do not give again is named', () => {
  for (const [name, read] of /** @type {[string, any][]} */ ([
    ['getFlag', { value: () => true }],
    ['getFlagPayload', { value: () => '"paint"' }],
    ['isEnabled', { value: () => 'blue' }],
    ['keys', { get: () => ['sample', 'other'] }],
    ['unresolvedFlags', { get: () => ({}) }],
  ])) {
    class Other extends Evaluations {}
    Object.defineProperty(Other.prototype, name, read)
    assert.deepEqual(problemsOf(Base, Other), [`${name} of FeatureFlagEvaluations does not give what it was made with`])
  }
})

test('evaluations are read by the name of the flag that they were made with, and may send events meanwhile', () => {
  class Sending extends Evaluations {
    /** @param {any} init */
    constructor(init) {
      super(init)
      this.init = init
    }
    /** @param {string} key */
    getFlag(key) {
      const { host, distinctId, groups, disableGeoip, flags, flagDefinitionsLoadedAt } = this.init
      assert.equal(host.capture('$feature_flag_called'), true)
      assert.equal(host.anything.toString === undefined, false)
      assert.deepEqual(
        [distinctId, groups, disableGeoip, flagDefinitionsLoadedAt],
        ['sample', { company: 'sample' }, true, 1]
      )
      const { sample } = flags
      assert.deepEqual(Object.keys(flags), ['sample'])
      assert.deepEqual(Object.entries(sample), [
        ['key', 'sample'],
        ['enabled', true],
        ['variant', 'blue'],
        ['payload', 'paint'],
        ['id', 1],
        ['version', undefined],
        ['reason', 'Evaluated locally'],
        ['locallyEvaluated', true],
        ['hasExperiment', false],
      ])
      return flags[key].variant
    }
  }
  assert.deepEqual(problemsOf(Base, Sending), [])
})
