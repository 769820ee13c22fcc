'use strict'

// A case about a whole project as a team has it: 1 to 500 flags, cohorts, groups, and people of its own kind.

const { projectFlag, targeting } = require('./project-flags.js')
const { contextOf } = require('./people.js')
const { js } = require('../support/spec.js')

const CALLS = 6
const DAY = 86_400_000
const FIRST_DAY = Date.parse('2023-06-01T00:00:00.000Z')

const sizeOf = (random) =>
  random.oneOf(
    [2, () => random.between(1, 5)],
    [4, () => random.between(6, 40)],
    [3, () => random.between(41, 150)],
    [1, () => random.between(151, 500)]
  )

/** A cohort as PostHog writes it: an OR of ANDs, some of which name other cohorts. */
function cohortOf(random, now, earlierIds) {
  const member = () =>
    earlierIds.length > 0 && random.chance(0.15)
      ? { key: 'id', type: 'cohort', value: random.pick(earlierIds), negation: random.chance(0.3) }
      : { ...targeting(random, now), negation: random.chance(0.15) }
  const all = () => ({ type: 'AND', values: random.list(random.between(1, 3), member) })
  return { type: 'OR', values: random.list(random.between(1, 2), all) }
}

function projectCase(random) {
  const now = FIRST_DAY + random.int(900) * DAY + random.int(DAY)
  const cohorts = {}
  const cohortIds = []
  for (let id = 1; id <= random.pick([0, 3, 8]); id++) {
    cohorts[id] = cohortOf(random, now, cohortIds)
    cohortIds.push(id)
  }
  const site = { random, now, cohortIds, earlier: [] }
  random.list(sizeOf(random), (index) => site.earlier.push(projectFlag(site, index)))
  const keys = site.earlier.map(({ key }) => key)
  return {
    kind: 'projects',
    definitions: {
      // The server lists them in no particular order.
      flags: random.shuffle(site.earlier),
      group_type_mapping: { 0: 'company', 1: 'workspace' },
      cohorts,
      property_matching_version: random.pick([undefined, 2]),
      minimal_flag_called_events: random.chance(0.5),
    },
    evaluationContexts: random.pick([js('undefined'), js('undefined'), ['web'], ['api', 'worker']]),
    now,
    calls: random.list(CALLS, () => ({
      context: contextOf(random, now),
      flagKeys: random.chance(0.15) ? random.sample(keys, random.between(1, 5)) : undefined,
      singles: random.list(6, () => ({ key: random.pick(keys), matchValue: undefined })),
    })),
  }
}

module.exports = { projectCase }
