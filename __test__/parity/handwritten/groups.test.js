'use strict'

const {
  agrees,
  flag,
  when,
  property,
  always,
  js,
  MISSING,
  UNSUPPORTED,
  CONTINUITY,
  CRASH,
} = require('../support/handwritten.js')

const gold = property('tier', 'exact', 'gold')
const pro = property('plan', 'exact', 'pro')
const groupFlag = (key, index, groups = [when([gold])], extra = {}) =>
  flag(key, groups, { ...extra, filters: { aggregation_group_type_index: index, ...extra.filters } })
const mapping = { group_type_mapping: { 0: 'company', 1: 'project' } }

agrees(
  'group flags are bucketed by the group and read its properties',
  {
    flags: [
      groupFlag('company', 0),
      groupFlag('open', 0, always),
      groupFlag('half', 0, [when([], { rollout_percentage: 50 })]),
      groupFlag('text index', '0'),
      groupFlag('unknown index', 5),
      groupFlag('null index', null, [when([pro])]),
      groupFlag('by key', 0, [when([property('$group_key', 'exact', 'acme')])]),
      groupFlag('device', 0, always, { bucketing_identifier: 'device_id' }),
      groupFlag('null on a group flag', 0, [when([pro], { aggregation_group_type_index: null })]),
    ],
    ...mapping,
  },
  [
    [
      {
        groups: { company: 'acme' },
        groupProperties: { company: { tier: 'gold' } },
        personProperties: { plan: 'pro' },
      },
      {
        company: true,
        open: true,
        half: false,
        'text index': true,
        'unknown index': UNSUPPORTED,
        'null index': true,
        'by key': true,
        device: true,
        'null on a group flag': MISSING,
      },
    ],
    [
      { groups: { project: 'x' } },
      {
        company: false,
        open: false,
        half: false,
        'text index': false,
        'unknown index': UNSUPPORTED,
        'null index': MISSING,
        'by key': false,
        device: false,
        'null on a group flag': false,
      },
    ],
    [
      { groups: js('Object.create({ company: "inherited" })') },
      {
        company: CRASH,
        open: true,
        half: false,
        'text index': CRASH,
        'unknown index': UNSUPPORTED,
        'null index': MISSING,
        'by key': CRASH,
        device: true,
        'null on a group flag': CRASH,
      },
    ],
    [
      { groups: { company: js('Symbol("s")') }, personProperties: { plan: 'pro' } },
      {
        company: MISSING,
        open: CRASH,
        half: CRASH,
        'text index': MISSING,
        'unknown index': UNSUPPORTED,
        'null index': true,
        'by key': MISSING,
        device: CRASH,
        'null on a group flag': MISSING,
      },
    ],
  ]
)

const mixed = (index, properties = [gold], extra = {}) =>
  when(properties, { aggregation_group_type_index: index, ...extra })
agrees(
  'a condition of a person flag may be about a group',
  {
    flags: [
      flag('company', [mixed(0)]),
      flag('either', [mixed(0), when([pro])]),
      flag('unknown', [mixed(9), when([pro])]),
      flag('half of companies', [mixed(0, [], { rollout_percentage: 50 })]),
      flag('null', [mixed(null, [pro])]),
      flag('text', [mixed('0')]),
    ],
    ...mapping,
  },
  [
    [
      {
        groups: { company: 'acme' },
        groupProperties: { company: { tier: 'gold' } },
        personProperties: { plan: 'free' },
      },
      { company: true, either: true, unknown: false, 'half of companies': false, null: false, text: true },
    ],
    [
      { personProperties: { plan: 'pro' } },
      { company: false, either: true, unknown: true, 'half of companies': false, null: true, text: false },
    ],
    [
      { groups: { company: 'acme' } },
      { company: MISSING, either: MISSING, unknown: MISSING, 'half of companies': false, null: MISSING, text: MISSING },
    ],
    [
      { groups: js('Object.create({ company: "inherited" })'), personProperties: { plan: 'pro' } },
      { company: MISSING, either: true, unknown: true, 'half of companies': MISSING, null: true, text: MISSING },
    ],
  ]
)

agrees(
  'without a group mapping no group flag can be decided',
  { flags: [groupFlag('company', 0), flag('mixed', [mixed(0)])] },
  [[{ groups: { company: 'acme' } }, { company: UNSUPPORTED, mixed: false }]]
)

const byDevice = (key, groups = [when([], { rollout_percentage: 50 })]) =>
  flag(key, groups, { bucketing_identifier: 'device_id' })
const bySymbol = js('Symbol("s")')
agrees(
  'bucketing by device needs a device, and says which reason weighs most where there is none',
  {
    flags: [
      byDevice('half'),
      byDevice('all', always),
      byDevice('unknown operator', [when([property('plan', 'unknown', 1)])]),
      flag('by person', [when([], { rollout_percentage: 100 })], { bucketing_identifier: 'distinct_id' }),
    ],
  },
  [
    [
      { personProperties: { $device_id: 'device-3' } },
      { half: false, all: true, 'unknown operator': UNSUPPORTED, 'by person': true },
    ],
    [{}, { half: MISSING, all: MISSING, 'unknown operator': UNSUPPORTED, 'by person': true }],
    [
      { personProperties: { $device_id: '' } },
      { half: MISSING, all: MISSING, 'unknown operator': UNSUPPORTED, 'by person': true },
    ],
    [
      { personProperties: { $device_id: null } },
      { half: MISSING, all: MISSING, 'unknown operator': UNSUPPORTED, 'by person': true },
    ],
    [
      { personProperties: { $device_id: 0 } },
      { half: true, all: true, 'unknown operator': UNSUPPORTED, 'by person': true },
    ],
    [
      { personProperties: { $device_id: bySymbol } },
      { half: CRASH, all: CRASH, 'unknown operator': UNSUPPORTED, 'by person': true },
    ],
    [
      { personProperties: { $device_id: ['device-3'] } },
      { half: false, all: true, 'unknown operator': UNSUPPORTED, 'by person': true },
    ],
  ]
)

agrees(
  'inactive comes before continuity, and both before everything else',
  {
    flags: [
      flag('sticky', always, { ensure_experience_continuity: true }),
      flag('inactive', always, { active: false, ensure_experience_continuity: true }),
      flag('no active', always, { active: undefined }),
      flag('truthy', always, { active: 'false' }),
      flag('null continuity', always, { ensure_experience_continuity: null }),
      flag('broken and inactive', 5, { active: false }),
    ].map(({ active, ...rest }) => (active === undefined ? rest : { ...rest, active })),
  },
  [
    [
      {},
      {
        sticky: CONTINUITY,
        inactive: false,
        'no active': false,
        truthy: true,
        'null continuity': true,
        'broken and inactive': false,
      },
      { fallbackToFlags: true },
    ],
  ]
)

agrees(
  'only flags that the server may evaluate ask for a remote fallback',
  {
    flags: [
      flag('client', [when([pro])], { evaluation_runtime: 'client' }),
      flag('broken', 5, { evaluation_runtime: 'client' }),
    ],
  },
  [[{}, { client: MISSING, broken: CRASH }, { fallbackToFlags: false }]]
)
for (const runtime of ['server', 'all', null, 'edge', 5]) {
  agrees(
    `evaluation_runtime ${runtime} asks for a remote fallback`,
    { flags: [flag('unsure', [when([pro])], { evaluation_runtime: runtime })] },
    [[{}, { unsure: MISSING }, { fallbackToFlags: true }]]
  )
}

agrees(
  'evaluation contexts keep flags without any and flags that share one, the old name counting where the new is absent',
  {
    flags: [
      flag('everywhere', always),
      flag('empty', always, { evaluation_contexts: [] }),
      flag('here', always, { evaluation_contexts: ['web', 'api'] }),
      flag('elsewhere', always, { evaluation_contexts: ['web'] }),
      flag('other case', always, { evaluation_contexts: ['API'] }),
      flag('old name', always, { evaluation_tags: ['api'] }),
      flag('old elsewhere', always, { evaluation_tags: ['web'] }),
      flag('new over old', always, { evaluation_contexts: ['api'], evaluation_tags: ['web'] }),
      flag('null new', always, { evaluation_contexts: null, evaluation_tags: ['web'] }),
      flag('empty new', always, { evaluation_contexts: [], evaluation_tags: ['web'] }),
    ],
  },
  [[{}, { everywhere: true, empty: true, here: true, 'old name': true, 'new over old': true, 'empty new': true }]],
  { evaluationContexts: ['api', 'worker'] }
)
