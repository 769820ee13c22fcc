'use strict'

const { randomCondition, randomRollout } = require('./conditions.js')
const { UNREADABLE, jsonValue } = require('./values.js')
const { randomText } = require('./strings.js')

const VARIANT_KEYS = ['control', 'test', 'third', 'a']

/** Variant lists, mostly well formed; the sums are as often off 100 as on it. */
function randomVariants(random) {
  const count = random.between(1, 4)
  const share = random.pick([100 / count, 100 / count, 50, 33.3, 20, 100, 10])
  const variants = random.list(count, (index) => ({ key: VARIANT_KEYS[index], rollout_percentage: share }))
  const variant = random.pick(variants)
  random.oneOf(
    [12, () => {}],
    [
      1,
      () => (variant.rollout_percentage = random.pick([0, null, '50', 150, -20, [50], {}, true, 'x', 0.1, UNREADABLE])),
    ],
    [1, () => delete variant.rollout_percentage],
    [1, () => (variant.key = random.pick(['', 5, 0, null, true, false, {}, [], 'true', 'тест', 'control', 1.5]))],
    [1, () => (variant.key = random.pick([UNREADABLE, [UNREADABLE], { toString: null, a: 1 }]))],
    [0.5, () => delete variant.key]
  )
  random.oneOf(
    [40, () => {}],
    [0.6, () => variants.splice(random.int(variants.length + 1), 0, random.pick([null, 5, 'x', true, [], {}]))]
  )
  return random.oneOf(
    [40, () => variants],
    [0.7, () => manyVariants(random)],
    [1, () => []],
    [1, () => random.pick([null, 0, '', false])],
    [1, () => random.pick([5, 'abc', {}, true, { length: 1 }])]
  )
}

/** More than anyone has; from some number on they are told apart differently here. */
const manyVariants = (random) =>
  random.list(random.between(33, 60), (index) => ({
    key: random.chance(0.2) ? jsonValue(random) : `v${random.chance(0.2) ? 0 : index}`,
    rollout_percentage: random.pick([1, 2, 3]),
  }))

function randomHoldout(random) {
  const holdout = { id: random.pick([1, 2, 42]), exclusion_percentage: random.pick([0, 5, 10, 30, 50, 100]) }
  return random.oneOf(
    [8, () => holdout],
    [1, () => ({ ...holdout, id: random.pick([null, 'x', 0, '', 1.5, {}, [], true, -0, 1e21, UNREADABLE]) })],
    [
      2,
      () => ({
        ...holdout,
        exclusion_percentage: random.pick([
          null,
          '10',
          '',
          'x',
          true,
          false,
          [],
          [20],
          {},
          150,
          -5,
          33.3,
          ' 50 ',
          '1e1',
          '0x10',
          [[5]],
          'Infinity',
          { valueOf: 1 },
          UNREADABLE,
        ]),
      }),
    ],
    [1, () => random.pick([null, {}, [], 5, 'x', '', false, true, { id: 1 }, { exclusion_percentage: 100 }])]
  )
}

function randomPayloads(random) {
  const payload = () =>
    random.oneOf(
      [
        4,
        () =>
          random.pick([
            '{"color":"blue"}',
            '"text"',
            '5',
            'true',
            'null',
            'false',
            '0',
            '""',
            '[1,2]',
            '{"a":{"b":-0}}',
            '1e400',
            '-0',
            '{"__proto__":{"x":1}}',
          ]),
      ],
      [
        2,
        () =>
          random.pick([
            '{bad',
            'text',
            '',
            ' ',
            "{'a':1}",
            'NaN',
            '[1,]',
            '01',
            '\ufeff{}',
            '"\\ud800"',
            ' {"a":1} ',
            '{"a":1,"a":2}',
            'undefined',
            '"a\nb"',
            '9007199254740993',
          ]),
      ],
      [2, () => jsonValue(random)],
      [1, () => randomText(random)]
    )
  const payloads = {}
  if (random.chance(0.7)) {
    payloads.true = payload()
  }
  for (const key of random.sample([...VARIANT_KEYS, 'false', 'holdout-1', '5', ''], random.between(0, 4))) {
    payloads[key] = payload()
  }
  return random.oneOf([12, () => payloads], [1, () => random.pick([null, [], ['x', 'y'], 'text', 5, true, 0, ''])])
}

function randomFilters(random, world) {
  const filters = {}
  const variantKeys = [...VARIANT_KEYS, '']
  if (random.chance(0.3)) {
    filters.multivariate = random.chance(0.93)
      ? { variants: randomVariants(random) }
      : random.pick([null, {}, 5, 'x', [], false])
  }
  const count = random.pick([0, 1, 1, 1, 2, 2, 3, 4])
  filters.groups = random.list(count, () => randomCondition(random, world, variantKeys))
  random.oneOf(
    [60, () => {}],
    [0.6, () => (filters.groups = random.pick([null, 0, '', false]))],
    [0.6, () => (filters.groups = random.pick([5, 'ab', {}, true, { length: 1 }]))],
    [0.6, () => filters.groups.push(random.pick([null, 5, 'x', true, []]))],
    [0.3, () => filters.groups.unshift(random.pick([null, 5, 'x', true, []]))],
    [0.6, () => delete filters.groups]
  )
  if (random.chance(0.4)) {
    filters.payloads = randomPayloads(random)
  }
  if (random.chance(0.12)) {
    filters.early_exit = random.pick([true, true, true, false, null, 1, 0, '', 'x', {}])
  }
  if (random.chance(0.08)) {
    filters.holdout = randomHoldout(random)
  }
  if (random.chance(0.15)) {
    filters.aggregation_group_type_index = random.pick([
      0,
      0,
      0,
      1,
      1,
      2,
      99,
      null,
      '0',
      '',
      -1,
      true,
      'x',
      [1],
      {},
      UNREADABLE,
    ])
  }
  return filters
}

/** One flag definition. Everything a flag can have, each in a share of them, and rarely something it cannot have. */
function randomFlag(random, world, key) {
  const flag = { id: random.between(1, 9999), key, active: true, filters: randomFilters(random, world) }
  if (random.chance(0.3)) {
    flag.name = randomText(random)
  }
  if (random.chance(0.08)) {
    flag.active = random.pick([false, false, false, null, 0, '', 1, 'false', {}])
  }
  if (random.chance(0.01)) {
    delete flag.active
  }
  if (random.chance(0.04)) {
    flag.ensure_experience_continuity = random.pick([true, true, false, null, 1, 0, 'x', ''])
  }
  if (random.chance(0.12)) {
    flag.bucketing_identifier = random.pick([
      'device_id',
      'device_id',
      'device_id',
      'distinct_id',
      null,
      5,
      'DEVICE_ID',
    ])
  }
  if (random.chance(0.2)) {
    flag.evaluation_runtime = random.pick(['client', 'client', 'server', 'all', null, 'edge', 5, 'SERVER', {}])
  }
  if (random.chance(0.25)) {
    flag[random.pick(['evaluation_contexts', 'evaluation_tags'])] = randomContexts(random)
  }
  if (random.chance(0.05)) {
    flag.evaluation_contexts = randomContexts(random)
  }
  if (random.chance(0.1)) {
    flag.has_experiment = random.pick([true, false, null, 'x'])
  }
  if (random.chance(0.02)) {
    flag.filters = random.pick([null, 0, '', false, 5, 'x', true, [], {}])
  }
  if (random.chance(0.01)) {
    delete flag.filters
  }
  return flag
}

const randomContexts = (random) =>
  random.oneOf(
    [8, () => random.sample(['web', 'api', 'worker', 'Web'], random.between(0, 2))],
    [1, () => random.pick([null, [], '', [null], [5], [['web']], 0, false])]
  )

module.exports = { randomFlag, randomRollout }
