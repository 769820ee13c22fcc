'use strict'

// V8 never gives back the shape of an object, and each makes the code that meets many of them slower. So what is made for a
// person whose answer lacks flags must have none: there are as many sets of keys as kinds of people. Answers that lack nothing
// may have one, and share it.

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const path = require('node:path')
const { test } = require('node:test')

/** Two that copy, and for 700 flags eight each that make whole values and whole records. */
const MOST_FUNCTIONS = 18

/** As many flags, each of which needs a property of its own. */
const SIZES = [1, 5, 40, 700]

/** Runs in a process of its own, whose V8 can be asked. */
const PROGRAM = `
  const { PostHog } = require('./index.js')
  const size = Number(process.argv[1])
  const flags = Array.from({ length: size }, (_, index) => ({
    key: 'flag ' + index,
    active: true,
    filters: {
      groups: [{ properties: [{ key: 'p' + index, value: 'x', operator: 'exact', type: 'person' }] }],
      payloads: { true: '[1]' },
    },
  }))
  let made = 0
  /** V8 has seen what kinds of values there are in each property. */
  let isWarm = false
  const { Function: RealFunction } = globalThis
  globalThis.Function = new Proxy(RealFunction, { construct: (...rest) => (made++, Reflect.construct(...rest)) })
  const definitions = { flags, cohorts: {}, group_type_mapping: {} }
  const isShaped = new RealFunction('object', 'return %HasFastProperties(object)')
  const client = new PostHog('phc_project', {
    host: 'http://127.0.0.1:1',
    featureFlagsPollingInterval: null,
    flagDefinitionCacheProvider: {
      getFlagDefinitions: () => definitions,
      shouldFetchFlagDefinitions: () => false,
      onFlagDefinitionsReceived() {},
      shutdown() {},
    },
  })
  const shaped = new Set()
  const haveSameShape = new RealFunction('one', 'other', 'return %HaveSameMap(one, other)')
  /** The first of the answers that lack nothing, once code was made for them. */
  const wholes = {}
  const unlike = new Set()
  const note = (what, object, isWhole) => {
    if (!isWhole) return isShaped(object) && Object.keys(object).length > 0 && shaped.add(what)
    wholes[what] ??= object
    if (!haveSameShape(wholes[what], object)) unlike.add(what)
  }
  async function ask(kinds) {
    for (let kind = 0; kind < kinds; kind++) {
      const has = (index) => kind % 2 === 1 || ((index * 7919 + kind) >> 1) % 3 > 0
      const given = flags.map((_, index) => index).filter(has).map((index) => ['p' + index, 'x'])
      const options = { personProperties: Object.fromEntries(given), onlyEvaluateLocally: true }
      for (const flagKeys of [undefined, flags.map(({ key }) => key)]) {
        const { featureFlags, featureFlagPayloads } = await client.getAllFlagsAndPayloads('u', { ...options, flagKeys })
        const evaluations = await client.evaluateFlags('u', { ...options, flagKeys })
        const isWhole = flagKeys === undefined && Object.keys(featureFlags).length === size
        if (isWhole && !isWarm) continue
        note('values', featureFlags, isWhole)
        if (size > 4) note('payloads', featureFlagPayloads, false)
        note('records', evaluations._flags, isWhole)
        if (Object.keys(evaluations.unresolvedFlags).length > 0) note('reasons', evaluations.unresolvedFlags, false)
      }
    }
  }
  async function main() {
    await client.waitForLocalEvaluationReady()
    await ask(20)
    const before = made
    await ask(200)
    isWarm = true
    await ask(100)
    const perKind = made - before
    await client.reloadFeatureFlags()
    const unlikeOfOne = [...unlike]
    isWarm = false
    await ask(200)
    await client.shutdown()
    console.log(JSON.stringify({ shaped: [...shaped], unlike: unlikeOfOne, perKind, perReload: made - before }))
  }
  main()`

for (const size of SIZES) {
  test(`answers that lack some of ${size} flags have no shape, and no kind of person makes code`, () => {
    const printed = execFileSync(process.execPath, ['--allow-natives-syntax', '-e', PROGRAM, String(size)], {
      cwd: path.join(__dirname, '../../..'),
      encoding: 'utf8',
    })
    const { shaped, unlike, perKind, perReload } = JSON.parse(printed)
    assert.deepEqual([shaped, unlike], [[], []])
    assert.equal(perKind, 0)
    assert.ok(perReload <= MOST_FUNCTIONS, `${perReload} functions were made for a reload`)
  })
}
