'use strict'

const {
  ABSENT,
  agrees,
  always,
  agreesOnFilters,
  flag,
  when,
  property,
  js,
  rawJson,
  MISSING,
  UNSUPPORTED,
  CRASH,
} = require('../support/handwritten.js')

agreesOnFilters('text as JavaScript has it: case mapping, lone surrogates, canonical forms', [
  ['exact', 'i̇stanbul', 'İSTANBUL', true],
  ['exact', 'istanbul', 'İSTANBUL', false],
  ['exact', 'straße', 'STRASSE', false],
  ['exact', 'οδος', 'ΟΔΟΣ', true],
  ['exact', 'οδοσ', 'ΟΔΟΣ', false],
  ['exact', 'k', '\u212a', true],
  ['exact', '\u00e9', 'e\u0301', false],
  ['exact', '😀', '😀', true],
  ['exact', 'x', '\ud83d', MISSING],
  ['exact', rawJson('"\\ud83d"'), 'x', UNSUPPORTED],
  ['exact', rawJson('"\\ud83d"'), '\ud83d', UNSUPPORTED],
  ['icontains', rawJson('"\\ud83d"'), '😀', true],
  ['icontains', rawJson('"\\u0000"'), 'a\u0000b', true],
])

agreesOnFilters('numbers as JavaScript writes them', [
  ['icontains', '1e+21', 1e21, true],
  ['icontains', '1e-7', 1e-7, true],
  ['icontains', '9007199254740992', js('2 ** 53 + 1'), true],
  ['exact', '1e-7', 1e-7, true],
  ['exact', 1e-7, '1e-7', true],
  ['exact', '0.30000000000000004', js('0.1 + 0.2'), true],
  ['exact', rawJson('1.0'), '1', UNSUPPORTED],
  ['exact', rawJson('1e400'), 'x', UNSUPPORTED],
  ['icontains', rawJson('1e400'), 'Infinity', true],
  ['gt', rawJson('-0'), 0, false],
  ['icontains', rawJson('-0'), '0', true],
  ['gte', rawJson('123456789012345678901234567890'), 1.2345678901234568e29, true],
  ['exact', 'nan', js('NaN'), MISSING],
  ['exact', true, js('NaN'), MISSING],
  ['exact', true, js('Infinity'), MISSING],
  ['icontains', 'nan', js('NaN'), true],
  ['icontains', '0', -0, true],
])

agreesOnFilters('arrays and objects', [
  ['exact', '["a"]', ['a'], true],
  ['exact', '["a",null]', js('["a", ,]'), true],
  ['exact', '[1.5,{"a":"x"}]', js('[1.5, { a: "X" }]'), true],
  ['exact', '[1]', [1], MISSING],
  ['exact', '{"a":"x","b":1.5}', js('({ b: 1.5, a: "x" })'), true],
  ['exact', '{"\uffff":"y","😀":"x"}', js('({ "😀": "x", "\\uffff": "y" })'), true],
  ['exact', '{}', js('Object.create(null)'), true],
  ['exact', '{}', js('new (class Plan {})()'), MISSING],
  ['exact', '{}', js('new Map()'), MISSING],
  ['exact', 'pro', js('new String("pro")'), MISSING],
  ['exact', 'x', js('(() => { const a = []; a.push(a); return a })()'), MISSING],
  ['exact', 'x', js('(() => { const o = {}; o.self = o; return o })()'), MISSING],
  ['exact', '["a","a"]', js('(() => { const s = "a"; return [s, s] })()'), true],
  ['exact', '[{},{}]', js('(() => { const o = {}; return [o, o] })()'), true],
  ['icontains', 'a,,b', js('["a", null, "b"]'), true],
  ['icontains', 'pro', js('new (class { toString() { return "pro" } })()'), true],
  ['icontains', 'object map', js('new Map()'), true],
  ['exact', 'x', js('[undefined]'), MISSING],
  ['exact', 'x', js('({ a: undefined })'), MISSING],
  ['exact', true, js('[true, "TRUE", ["true"]]'), true, false],
  ['exact', true, js('[true, ,]'), false],
])

agreesOnFilters('values JSON has no word for', [
  ['exact', 'x', js('undefined'), UNSUPPORTED],
  ['exact', 'x', js('10n'), MISSING],
  ['icontains', '10', js('10n'), true],
  ['exact', 'x', js('Symbol("s")'), MISSING],
  ['icontains', 'symbol(s)', js('Symbol("s")'), true],
  ['icontains', 'x', js('[Symbol("s")]'), CRASH],
  ['exact', 'x', js('() => 1'), MISSING],
  ['icontains', '=> 1', js('() => 1'), true],
  ['exact', 'x', js('new Date(0)'), MISSING],
  ['is_date_before', '2024-01-01', js('new Date(0)'), true],
  ['is_date_before', '2024-01-01', js('new Date(NaN)'), false],
  ['is_date_before', '2024-01-01', js('Object.create(Date.prototype)'), CRASH],
  ['icontains', '1970', js('new Date(43200000)'), true],
  ['icontains', 'pro', js('new String("pro")'), true],
  ['gt', 4, js('new Number(5)'), true],
  ['icontains', 'x', js('Object.create(null)'), CRASH],
  ['icontains', 'x', js('({ toString() { throw new Error("no") } })'), CRASH],
  ['icontains', 'x', js('({ toString() { throw 5 } })'), 'absent'],
  ['icontains', 'default', js('({ [Symbol.toPrimitive]: (hint) => hint })'), false],
  ['icontains', 'string', js('({ [Symbol.toPrimitive]: (hint) => hint })'), true],
  ['exact', 'x', js('({ get a() { throw new Error("no") } })'), CRASH],
  ['exact', '{"a":1.5}', js('({ get a() { return 1.5 } })'), true],
  ['exact', '{"a":"x"}', js('({ a: "x", [Symbol("s")]: 1 })'), true],
  ['exact', 'x', js('(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy })()'), CRASH],
  ['exact', '["a"]', js('new Proxy(["a"], {})'), true],
  ['exact', '{"a":"x"}', js('new Proxy({ a: "x" }, {})'), true],
])

agrees(
  'property keys are own keys of the person, whatever their name',
  {
    flags: [
      flag('asks toString', [when([property('toString', 'is_set', 'is_set')])]),
      flag('asks __proto__', [when([property('__proto__', 'exact', 'x')])]),
      flag('asks distinct_id', [when([property('distinct_id', 'exact', 'user-1')])]),
      flag('asks 5', [when([{ key: 5, value: 'five' }])]),
      flag('asks nothing', [when([{ value: 'x' }])]),
    ],
  },
  [
    [
      {},
      {
        'asks toString': MISSING,
        'asks __proto__': MISSING,
        'asks distinct_id': true,
        'asks 5': MISSING,
        'asks nothing': MISSING,
      },
    ],
    [
      { personProperties: js('({ ["__proto__"]: "x", toString: 1, 5: "five", undefined: "x" })') },
      { 'asks toString': true, 'asks __proto__': true, 'asks distinct_id': true, 'asks 5': true, 'asks nothing': true },
    ],
    [
      { personProperties: { distinct_id: 'other' } },
      {
        'asks toString': MISSING,
        'asks __proto__': MISSING,
        'asks distinct_id': false,
        'asks 5': MISSING,
        'asks nothing': MISSING,
      },
    ],
  ]
)

for (const [version, expected] of [
  [1, true],
  [2, false],
  [rawJson('2.0'), false],
  ['2', true],
  [null, true],
  [3, true],
  [[2], true],
]) {
  agrees(
    `property_matching_version ${JSON.stringify(version)} is ${expected ? 'legacy' : 'explicit'} matching`,
    { flags: [flag('off', [when([property('beta', 'exact', 'false')])])], property_matching_version: version },
    [[{ personProperties: { beta: 'no' } }, { off: expected }]]
  )
}

agreesOnFilters(
  'many texts that are not short',
  Array.from({ length: 100 }, (_, index) => ['exact', 'x'.repeat(900 + index), js('"x".repeat(950)'), index === 50])
)

const unreadable = { toString: 1, valueOf: 1 }
agreesOnFilters('filter values that have no text', [
  ['regex', unreadable, 'a', CRASH],
  ['regex', unreadable, null, CRASH],
  ['regex', unreadable, ABSENT, MISSING],
  ['gt', unreadable, null, false],
  ['gt', unreadable, ABSENT, MISSING],
  ['is_date_before', unreadable, ABSENT, CRASH],
  ['semver_eq', unreadable, ABSENT, CRASH],
])

agrees(
  'rollouts and variants that cannot be read crash, whoever is asked for',
  {
    flags: [
      flag('alone', [when([], { rollout_percentage: unreadable })]),
      flag('variants', always, { filters: { multivariate: { variants: [null] } } }),
      flag('behind a regex', [when([property('plan', 'regex', '(?=pro)')], { rollout_percentage: unreadable })], {
        filters: { early_exit: true },
      }),
    ],
  },
  ['"user-1"', 'Symbol("s")', '({ toString() { throw new Error("no text") } })'].map((distinctId) => [
    { distinctId: js(distinctId), personProperties: { plan: 'pro' } },
    { alone: CRASH, variants: CRASH, 'behind a regex': CRASH },
  ])
)
