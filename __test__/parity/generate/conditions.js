'use strict'

const { randomProperty } = require('./properties.js')
const { UNREADABLE, jsonValue, rawNumber } = require('./values.js')

/** A rollout percentage as definitions hold it; mostly one that lets a share of people through. */
function randomRollout(random) {
  return random.oneOf(
    [6, () => undefined],
    [4, () => 100],
    [4, () => 50],
    [3, () => random.int(101)],
    [2, () => random.pick([33.33, 0.5, 99.9, 12.345678, 1e-7, 66.66666666666667])],
    [1, () => 0],
    [1, () => null],
    [
      0.7,
      () =>
        random.pick([
          150,
          -5,
          '50',
          '',
          ' 50 ',
          '0x32',
          'abc',
          true,
          false,
          [],
          [50],
          [50, 60],
          {},
          [[50]],
          ['50'],
          '1e2',
          'Infinity',
          UNREADABLE,
        ]),
    ],
    [0.4, () => rawNumber(random)],
    [0.2, () => jsonValue(random)]
  )
}

/** Which dependency chains of `world` a flag may ask about; the target closes the chain, as the server writes it. */
function flagDependency(random, world) {
  const target = random.chance(0.9) ? random.pick(world.flagKeys) : random.pick(['no-such-flag', '', 'undefined', '5'])
  const before = random.sample(world.flagKeys, random.pick([0, 0, 0, 1, 2]))
  const chain = random.oneOf(
    [12, () => [...before, target]],
    [1, () => []],
    [0.6, () => ['no-such-flag', target]],
    [0.6, () => [target, ...before]],
    [0.4, () => [target, target]],
    // Outside its own chain, the flag asked about is never evaluated.
    [0.2, () => ['no-such-flag', ...before].slice(before.length > 0 ? 1 : 0)],
    [0.3, () => [target, random.pick([null, 5, true, 1.5, {}, [target], UNREADABLE])]]
  )
  const property = {
    key: target,
    type: 'flag',
    operator: 'flag_evaluates_to',
    value: random.oneOf(
      [4, () => true],
      [3, () => false],
      [3, () => random.pick(['control', 'test', 'holdout-1', ''])],
      [1, () => random.pick([1, null, ['control'], {}, 'true', 'false', 0])]
    ),
    dependency_chain: chain,
  }
  random.oneOf(
    [30, () => {}],
    [1, () => delete property.dependency_chain],
    [1, () => (property.dependency_chain = random.pick([null, 'flag-1', 5, {}, true, { length: 1, 0: 'flag-1' }]))],
    [1, () => (property.operator = random.pick(['exact', 'unknown', null]))],
    [1, () => delete property.value],
    [0.3, () => (property.key = UNREADABLE)]
  )
  return property
}

function cohortMembership(random, world) {
  const property = {
    key: 'id',
    type: 'cohort',
    value:
      random.chance(0.9) && world.cohortIds.length > 0
        ? random.pick(world.cohortIds)
        : random.pick([999, 'static', null, '', [1], {}, UNREADABLE]),
  }
  if (random.chance(0.4)) {
    property.operator = random.pick(['in', 'not_in', 'not_in', 'exact', null])
  }
  return property
}

/** One property of a condition or a cohort: a filter, a cohort, or another flag. */
function anyProperty(random, world) {
  return random.oneOf(
    [10, () => randomProperty(random, world.vocabulary)],
    [world.cohorts ? 1.3 : 0, () => cohortMembership(random, world)],
    [world.dependencies ? 1.6 : 0, () => flagDependency(random, world)]
  )
}

/** One release condition (`filters.groups[]`). `variantKeys` are the flag's own, for overrides. */
function randomCondition(random, world, variantKeys) {
  const condition = {}
  random.oneOf(
    [
      10,
      () => (condition.properties = random.list(random.pick([0, 1, 1, 1, 2, 2, 3]), () => anyProperty(random, world))),
    ],
    [1, () => {}],
    [0.3, () => (condition.properties = random.pick([null, 0, '', false]))],
    [
      0.2,
      () =>
        (condition.properties = random.pick([
          {},
          'abc',
          5,
          true,
          { length: 2 },
          [null],
          [5],
          ['x'],
          [[]],
          [true],
          { length: 1, 0: {} },
        ])),
    ]
  )
  const rollout = randomRollout(random)
  if (rollout !== undefined) {
    condition.rollout_percentage = rollout
  }
  if (random.chance(0.2)) {
    condition.variant = random.oneOf(
      [6, () => random.pick(variantKeys)],
      [2, () => random.pick(['no-such-variant', '', null, 5, 0, true, {}, []])]
    )
  }
  if (random.chance(0.12)) {
    condition.aggregation_group_type_index = random.pick([
      0,
      1,
      1,
      2,
      null,
      '0',
      99,
      -1,
      true,
      'x',
      '',
      0.5,
      [0],
      UNREADABLE,
    ])
  }
  return condition
}

module.exports = { randomCondition, randomRollout, anyProperty, randomProperty }
