'use strict'

const { anyProperty } = require('./conditions.js')

function randomGroup(random, world, depth) {
  const type = random.oneOf(
    [6, () => 'AND'],
    [6, () => 'OR'],
    [1, () => 'property'],
    [0.4, () => random.pick(['and', 'XOR', null, 5, '', undefined])]
  )
  const nested = depth > 0 && random.chance(0.45)
  const values = random.list(random.pick([1, 1, 2, 2, 3]), () =>
    nested ? randomGroup(random, world, depth - 1) : negatable(random, anyProperty(random, world))
  )
  const group = { type, values }
  if (type === undefined) {
    delete group.type
  }
  random.oneOf(
    [30, () => {}],
    [0.5, () => (group.values = random.pick([[], null, 0, '', false]))],
    [
      0.4,
      () =>
        (group.values = random.pick([
          {},
          'ab',
          5,
          true,
          { length: 0 },
          { length: 1 },
          { length: 1, 0: { key: 'plan', value: 'pro' } },
        ])),
    ],
    // Both kinds in one list: the first one decides how all are read.
    [0.7, () => values.push(nested ? anyProperty(random, world) : randomGroup(random, world, 0))],
    [
      0.5,
      () =>
        values.splice(
          random.int(values.length + 1),
          0,
          random.pick([null, 5, 'x', true, [], {}, { values: [] }, { values: null }])
        ),
    ],
    [0.4, () => delete group.values]
  )
  return group
}

function negatable(random, property) {
  if (random.chance(0.2)) {
    property.negation = random.pick([true, true, true, false, null, 1, 0, 'x', ''])
  }
  return property
}

/** The `cohorts` of a document; ids come from `world.cohortIds`. */
function randomCohorts(random, world) {
  const cohorts = {}
  for (const id of world.cohortIds) {
    cohorts[String(id)] = random.oneOf(
      [20, () => randomGroup(random, world, 2)],
      [1, () => ({})],
      [0.5, () => random.pick([null, 5, 0, '', 'x', true, false, [], [1], [{ key: 'plan', value: 'pro' }]])]
    )
  }
  return cohorts
}

module.exports = { randomCohorts }
