'use strict'

// The calls made on a document: contexts that often hold what its filters ask for, and sometimes anything at all.

const { js, setOwn } = require('../support/spec.js')
const { KEYS, ODD_KEYS } = require('./properties.js')
const { contextValue, hostileValue } = require('./values.js')
const { randomText } = require('./strings.js')

/** Flag keys a caller may ask for that no definition has. */
const UNKNOWN_KEYS = ['no-such-flag', '', 'flag-999', 'FLAG-1']

function randomProperties(random, vocabulary, share) {
  const properties = {}
  for (const key of [...KEYS, ...ODD_KEYS]) {
    const related = vocabulary.values.get(key)
    if (!random.chance(related ? share : 0.08)) {
      continue
    }
    const value = related && random.chance(0.72) ? random.pick(related) : contextValue(random)
    setOwn(properties, key, value)
  }
  if (random.chance(0.35)) {
    properties.$device_id = deviceId(random)
  }
  return properties
}

const deviceId = (random) =>
  random.oneOf(
    [6, () => `device-${random.int(50)}`],
    [
      3,
      () =>
        random.pick([
          '',
          null,
          js('undefined'),
          0,
          5,
          false,
          true,
          1.5,
          10n,
          js('Symbol("s")'),
          ['x'],
          js('({ toString() { return "device" } })'),
          js('NaN'),
          1e21,
          '\ud800',
        ]),
    ],
    [1, () => hostileValue(random)]
  )

const distinctId = (random) =>
  random.oneOf(
    [14, () => `user-${random.int(1000)}`],
    [2, () => randomText(random)],
    [
      1,
      () =>
        random.pick([
          5,
          0,
          null,
          js('undefined'),
          true,
          1.5,
          -0,
          1e21,
          10n,
          ['x'],
          {},
          '\ud800',
          '😀',
          'x'.repeat(500),
          js('Symbol("s")'),
          js('new String("user-1")'),
        ]),
    ]
  )

function randomGroups(random, vocabulary) {
  const groups = {}
  const groupProperties = {}
  for (const name of random.sample(
    ['company', 'project', 'instance', '5', '[object Object]', 'true', ''],
    random.pick([0, 1, 1, 2, 3])
  )) {
    groups[name] = random.oneOf(
      [10, () => `${name}-${random.int(30)}`],
      [
        1,
        () =>
          random.pick([5, 0, '', null, js('undefined'), true, ['a', 'b'], {}, 1.5, 10n, js('Symbol("s")'), '\ud800']),
      ],
      [0.3, () => hostileValue(random)]
    )
    random.oneOf(
      [8, () => (groupProperties[name] = randomProperties(random, vocabulary, 0.7))],
      [2, () => {}],
      [
        0.5,
        () =>
          (groupProperties[name] = random.pick([
            null,
            js('undefined'),
            0,
            '',
            'ab',
            5,
            ['x'],
            js('new Map()'),
            js('Object.create({ plan: "pro" })'),
          ])),
      ]
    )
  }
  return { groups, groupProperties }
}

/** What a caller passes to the public API, as a spec. */
function randomContext(random, vocabulary) {
  const { groups, groupProperties } = randomGroups(random, vocabulary)
  const context = {
    distinctId: distinctId(random),
    groups,
    personProperties: randomProperties(random, vocabulary, random.pick([0.3, 0.7, 0.95])),
    groupProperties,
  }
  random.oneOf(
    [60, () => {}],
    [1, () => (context.groups = js('undefined'))],
    [1, () => (context.personProperties = js('undefined'))],
    [1, () => (context.groupProperties = js('undefined'))],
    [0.5, () => (context.groups = js('Object.create({ company: "inherited" })'))],
    [0.5, () => (context.groups = js('Object.assign(Object.create(null), { company: "acme" })'))],
    [0.3, () => (context.groups = random.pick([5, 'x', true, js('new Map([["company", "acme"]])'), ['acme']]))],
    [0.3, () => (context.personProperties = random.pick(['abc', 5, ['x'], true, js('new Map()')]))]
  )
  return context
}

function randomFlagKeys(random, flagKeys) {
  const known = random.sample(flagKeys, random.between(1, 6))
  const extra = random.chance(0.4) ? [random.pick(UNKNOWN_KEYS)] : []
  const twice = random.chance(0.2) ? [known[0]] : []
  return random.shuffle([...known, ...extra, ...twice])
}

const matchValue = (random) =>
  random.oneOf(
    [5, () => undefined],
    [3, () => true],
    [1, () => false],
    [2, () => random.pick(['control', 'test', 'no-such-variant', '', 'true', 'holdout-1'])],
    [0.4, () => random.pick([5, 0, null, 1.5])]
  )

/** One comparison: a context for every flag, or for the given keys, then some flags alone. */
function randomCall(random, document) {
  const strings = document.flagKeys.filter((key) => typeof key === 'string')
  return {
    context: randomContext(random, document.vocabulary),
    flagKeys: random.chance(0.15) ? randomFlagKeys(random, document.flagKeys) : undefined,
    singles: random.list(2, () => ({ key: random.pick(strings), matchValue: matchValue(random) })),
  }
}

module.exports = { randomCall, randomContext }
