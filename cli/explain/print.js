'use strict'

const { textOf } = require('../definitions/filters.js')

/**
 * @typedef {import('./probe.js').Explanation} Explanation
 * @typedef {import('../terminal.js').Terminal} Terminal
 */

/**
 * @param {Terminal} terminal
 * @param {Explanation} explanation
 * @param {{ distinctId: string, because: string[] }} about
 */
function printExplanation(terminal, { flag, outcome, active, conditions }, { distinctId, because }) {
  const decisive = active ? conditions.findIndex(({ matches }) => matches) : -1
  const isDecided = outcome.value !== null
  const value = isDecided ? JSON.stringify(outcome.value) : `left to the server (${outcome.reason})`
  terminal.line(terminal.style('bold', `${flag} for ${distinctId}: ${value}`))
  because.forEach((line) => terminal.line(line))
  if (outcome.payload !== undefined) {
    terminal.line(`payload ${JSON.stringify(outcome.payload)}`)
  }
  if (!active) {
    terminal.line('The flag is not active.')
  }
  conditions.forEach(({ matches, filters, rollout, bucket, variant }, index) => {
    const forced = variant === undefined ? '' : `, with the variant ${variant}`
    terminal.line()
    const decides = index === decisive ? ', and decides' : ''
    terminal.line(`condition ${index + 1}${forced}: `, verdict(terminal, matches), decides)
    for (const { filter, matches: one, ...rest } of filters) {
      const given = 'given' in rest ? `: ${JSON.stringify(rest.given)}` : one === null ? missing(filter) : ''
      terminal.line('  ', mark(terminal, one), ` ${describe(filter)}${given}`)
    }
    const share = numberOf(rollout)
    if (!(share >= 100)) {
      const isIn = bucket === null || Number.isNaN(share) ? null : bucket <= share
      const place = bucket === null ? '' : `: at ${percent(bucket)}`
      terminal.line('  ', mark(terminal, isIn), ` rollout ${percent(rollout)}${place}`)
    }
  })
}

/** @param {any} filter that cannot be decided, on a property that is not given */
function missing(filter) {
  const { key, type } = Object(filter)
  if (type === 'cohort' || type === 'flag') {
    return ''
  }
  const option = type === 'group' ? `--group-property TYPE.${textOf(key)}=…` : `--property ${textOf(key)}=…`
  return `: the property is missing; add ${option}`
}

/** @param {any} filter */
function describe(filter) {
  const { key, type, operator, value, negation } = Object(filter)
  const not = negation ? 'not ' : ''
  switch (type) {
    case 'cohort':
      return `${not}in cohort ${textOf(value)}`
    case 'flag':
      return `${not}flag ${textOf(key)} is ${JSON.stringify(value)}`
    default:
      return `${not}${textOf(key)} ${textOf(operator ?? 'exact')}${value === undefined || value === null ? '' : ` ${JSON.stringify(value)}`}`
  }
}

/**
 * @param {Terminal} terminal
 * @param {boolean | null} matches
 */
function verdict(terminal, matches) {
  if (matches === null) {
    return terminal.style('yellow', 'undecided')
  }
  return matches ? terminal.style('green', 'met') : terminal.style('red', 'not met')
}

/**
 * @param {Terminal} terminal
 * @param {boolean | null} matches
 */
function mark(terminal, matches) {
  if (matches === null) {
    return terminal.style('yellow', 'unknown')
  }
  return matches ? terminal.style('green', 'yes    ') : terminal.style('red', 'no     ')
}

/** @param {unknown} share as a definition has it; an object may be without a number, and throw when it is asked for one */
function numberOf(share) {
  return typeof share === 'object' ? NaN : Number(share)
}

/** @param {any} share from 0 to 100, unless the definition has something else */
function percent(share) {
  return typeof share === 'number' ? `${Number(share.toFixed(2))} %` : textOf(share)
}

module.exports = { printExplanation }
