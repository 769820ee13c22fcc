'use strict'

const { agreesOnFilters, ABSENT, js, MISSING, UNSUPPORTED } = require('../support/handwritten.js')

agreesOnFilters('dates in every form Date reads', [
  ['is_date_after', '2024-01-15', '2024-01-16', true],
  ['is_date_before', '2024-01-15', '2024-01-15', false],
  ['is_date_before', '2024-01-15T10:00:00Z', '2024-01-15T10:00:00+05:45', true],
  ['is_date_after', '2024-01-15', 'Mon, 15 Jan 2024 10:00:00 GMT', true],
  ['is_date_after', '2024-02-29', '2024-02-30', true],
  ['is_date_after', '2024-01-15T23:59:59.999', '2024-01-15T24:00', true],
  ['is_date_after', '2024-01-15', 'Feb 30 2024', true],
  ['is_date_before', '+012024-01-01', '9999-12-31T23:59:59.999Z', true],
  ['is_date_before', '-000000-01-01', '2024-01-01', false],
  ['is_date_after', '2023', '2024', true],
  ['is_date_after', 0, 1, true],
  ['is_date_after', '2024-01-01', 1705312800000, true],
  ['is_date_after', '1705312800000', '2024-01-01', UNSUPPORTED],
  ['is_date_after', 'tomorrow', '2024-01-01', UNSUPPORTED],
  ['is_date_after', '2024-01-01', 'tomorrow', MISSING],
  ['is_date_after', true, '2024-01-01', UNSUPPORTED],
  ['is_date_after', null, '2024-01-01', UNSUPPORTED],
  ['is_date_after', '2024-01-01', true, MISSING],
  ['is_date_after', '2024-01-01', ['2024-01-02'], MISSING],
  ['is_date_after', '2024-01-01', null, false],
  ['is_date_after', '2024-01-01', js('NaN'), MISSING],
  ['is_date_after', '2024-01-01', 8.64e15, true],
  ['is_date_after', '2024-01-01', 8640000000000001, MISSING],
  ['is_date_after', ['-1d'], '2024-03-31', true],
  ['is_date_after', ['2024-01-01'], '2024-03-31', UNSUPPORTED],
  ['is_date_after', 'tomorrow', ABSENT, UNSUPPORTED],
  ['is_date_after', '2024-01-01', ABSENT, MISSING],
  ['is_date_after', '2024-01-01', js('new Date(2024, 5, 1)'), true],
])

/** The instant `text` stands for is just not before, and not after, the relative date. */
const at = (relative, text) => [
  ['is_date_after', relative, text, false],
  ['is_date_before', relative, text, false],
  ['is_date_after', relative, js(`new Date(Date.parse("${text}") + 1)`), true],
  ['is_date_before', relative, js(`new Date(Date.parse("${text}") - 1)`), true],
]

// The tests' clock stands at 2024-03-31T12:00:00.000Z.
agreesOnFilters('relative dates count back from now in UTC and clamp the day of each month on the way', [
  ...at('0d', '2024-03-31T12:00:00.000Z'),
  ...at('-7d', '2024-03-24T12:00:00.000Z'),
  ...at('7d', '2024-03-24T12:00:00.000Z'),
  ...at('-24h', '2024-03-30T12:00:00.000Z'),
  ...at('2w', '2024-03-17T12:00:00.000Z'),
  ...at('-1m', '2024-02-29T12:00:00.000Z'),
  ...at('-2m', '2024-01-29T12:00:00.000Z'),
  ...at('-13m', '2023-02-28T12:00:00.000Z'),
  ...at('-1y', '2023-03-31T12:00:00.000Z'),
  ...at('9999d', '1996-11-14T12:00:00.000Z'),
  ['is_date_after', '10000d', '2024-01-01', UNSUPPORTED],
  ['is_date_after', '-1x', '2024-01-01', UNSUPPORTED],
  ['is_date_after', '+7d', '2024-01-01', UNSUPPORTED],
  ['is_date_after', '-7D', '2024-01-01', UNSUPPORTED],
])

agreesOnFilters(
  'the 29th of February a year ago is the 28th',
  [
    ...at('-1y', '2023-02-28T08:00:00.000Z'),
    ...at('-4y', '2020-02-28T08:00:00.000Z'),
    ...at('0y', '2024-02-29T08:00:00.000Z'),
  ],
  { now: Date.parse('2024-02-29T08:00:00.000Z') }
)
