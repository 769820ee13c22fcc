'use strict'

/**
 * Whether a version is in a range as `engines` of package.json names it: `^a.b.c` and `>=a.b.c`, joined by `||`.
 *
 * @param {string} range
 * @param {string} version
 */
function supports(range, version) {
  const given = numbersOf(version)
  return range.split('||').some((part) => {
    const least = numbersOf(part)
    return compare(given, least) >= 0 && (!part.includes('^') || given[0] === least[0])
  })
}

/** @param {string} text */
function numbersOf(text) {
  return (text.match(/\d+/g) ?? []).slice(0, 3).map(Number)
}

/**
 * @param {number[]} one
 * @param {number[]} other
 */
function compare(one, other) {
  const at = [0, 1, 2].find((place) => (one[place] ?? 0) !== (other[place] ?? 0))
  return at === undefined ? 0 : (one[at] ?? 0) - (other[at] ?? 0)
}

module.exports = { supports }
