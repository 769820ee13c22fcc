'use strict'

// prettier-ignore
const PECULIAR = [
  '', ' ', '1', '1.2', '1.2.3', 'v1.2.3', 'V1.2.3', 'vv1.2.3', ' 1.2.3 ', '\ufeff1.2.3', '\u00a01.2.3\u00a0', '1.2.3.4',
  '1.2.3.x', '01.2.3', '1.02.3', '1.2.03', '00.1', '0', '0.0.0', '0.0.1', '0.1.0', '0.2.3', '1.2.3-beta',
  '1.2.3-beta.1', '1.2.3+build', '1.2.3-1+b-c', '1.2.3+b-c', '-1.2.3', '+1', '-', '1-', '1.', '1..3', '.1', '..',
  '1.2.', '1.x', 'x', '*', '1.*', '1.2.*', '1.2.3.*', '1*', '1.2*', '*.*', 'v*', 'v1.*', '1.*.*', '**', '1.**', '1.x.*',
  '01.*', '1.01.*', 'abc', 'a.b.c', '1.2.3a', '1a', '1e3', '1.2.-3', '１.２.３', '99999999999999999999.1.0',
  '9007199254740993.0.0', '9007199254740992.0.0', '1.9007199254740993', '1.2.3 ', '1. 2.3', '^1.2.3', '~1.2', '>=1.0.0',
  '1,2,3', '1.2.3\n', 'true', 'null', '1.0.0', '2.0.0', '1.10.0', '1.9.9', '10.0.0', 'v', 'v1', 'v.1', 'v-1',
  '9'.repeat(310) + '.0.0', '1.2-rc.1', '1-rc', '1+rc', '٣.١',
]

function ordinary(random) {
  const part = () => random.pick([0, 0, 1, 1, 2, 3, 9, 10])
  return `${part()}.${part()}.${part()}`
}

function randomSemver(random) {
  return random.oneOf(
    [5, () => ordinary(random)],
    [4, () => random.pick(PECULIAR)],
    [1, () => `${ordinary(random)}${random.pick(['-alpha', '+1', '.0', ' ', '.*', '*'])}`],
    [1, () => ordinary(random).split('.').slice(0, random.between(1, 2)).join('.') + random.pick(['', '.*', '*', '.'])]
  )
}

/** A version a step away from `text`, where it has numbers. */
function semverNear(random, text) {
  return random.oneOf(
    [3, () => text.replace('*', String(random.int(4)))],
    [3, () => text.replace(/\d+(?=\D*$)/, (digits) => String(Number(digits) + random.pick([-1, 1]))).replace('*', '0')],
    [2, () => text.replace(/\d+/, (digits) => String(Number(digits) + 1))],
    [2, () => randomSemver(random)]
  )
}

module.exports = { randomSemver, semverNear }
