'use strict'

// A case about features: a flag for each, and calls that choose at random what their filters come to.

const { FEATURES, LEAVES } = require('./features.js')
const { CLOCKS } = require('./dates.js')

const CALLS = 6

/** `yes`, `no` or nothing for each property. */
function leafProperties(random) {
  const properties = {}
  for (const key of LEAVES) {
    const value = random.pick(['yes', 'no', undefined])
    if (value !== undefined) {
      properties[key] = value
    }
  }
  return properties
}

function featureCall(random, site, keys, number) {
  const personProperties = leafProperties(random)
  const device = random.pick([site.devices[number], site.devices[number], '', undefined])
  if (device !== undefined) {
    personProperties.$device_id = device
  }
  const groups = {}
  const groupProperties = {}
  for (const type of random.sample(['company', 'project'], random.pick([0, 1, 2, 2]))) {
    groups[type] = site.companies[number]
    if (random.chance(0.8)) {
      groupProperties[type] = leafProperties(random)
    }
  }
  return {
    context: { distinctId: site.ids[number], groups, personProperties, groupProperties },
    flagKeys: undefined,
    singles: random.list(4, () => ({ key: random.pick(keys), matchValue: undefined })),
  }
}

function featureCase(random) {
  const flags = []
  const cohorts = {}
  const site = {
    random,
    ids: random.list(CALLS, () => `user-${random.int(100_000)}`),
    devices: random.list(CALLS, () => `device-${random.int(100_000)}`),
    companies: random.list(CALLS, () => `company-${random.int(100_000)}`),
    cohorts,
    add: (flag) => flags.push(flag),
  }
  const subjects = {}
  for (const [name, { build }] of random.shuffle(Object.entries(FEATURES))) {
    const flag = build({ ...site, key: name })
    subjects[name] = name
    flags.push(flag)
  }
  return {
    kind: 'features',
    definitions: { flags, cohorts, group_type_mapping: { 0: 'company', 1: 'project' } },
    evaluationContexts: ['web'],
    now: random.pick(CLOCKS),
    calls: random.list(CALLS, (number) => featureCall(random, site, Object.keys(subjects), number)),
    subjects,
  }
}

module.exports = { featureCase }
