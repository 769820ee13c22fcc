'use strict'

const { textOf } = require('../definitions/filters.js')

/**
 * @typedef {import('./explanation.js').Explanation} Explanation
 * @typedef {import('../terminal.js').Terminal} Terminal
 */

/**
 * @param {Terminal} terminal
 * @param {Explanation} explanation
 * @param {{ distinctId: string, because: string[] }} about
 */
function printExplanation(terminal, explanation, { distinctId, because }) {
  const { flag, outcome, active, reasonCode, conditionIndex, holdout, conditions } = explanation
  const decisive = reasonCode === 'condition_match' ? conditionIndex : undefined
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
  if (holdout !== undefined) {
    const { exclusion, bucket, matches = null } = holdout
    const place = bucket === undefined ? '' : `: at ${percent(bucket)}`
    terminal.line()
    terminal.line(`holdout ${textOf(holdout.value)}: `, verdict(terminal, matches), matches ? ', and decides' : '')
    terminal.line('  ', mark(terminal, matches), ` exclusion ${percent(exclusion)}${place}`)
  }
  conditions.forEach(({ matches, filters, rollout, bucket, variant }, index) => {
    const forced = variant === undefined ? '' : `, with the variant ${variant}`
    terminal.line()
    const decides = index === decisive ? ', and decides' : ''
    terminal.line(`condition ${index + 1}${forced}: `, verdict(terminal, matches), decides)
    for (const { filter, ...rest } of filters) {
      printFilter(terminal, 1, filter, rest)
      printWithin(terminal, rest)
    }
    const share = numberOf(rollout)
    if (!(share >= 100)) {
      const isIn = bucket === null || Number.isNaN(share) ? null : bucket <= share
      const place = bucket === null ? '' : `: at ${percent(bucket)}`
      terminal.line('  ', mark(terminal, isIn), ` rollout ${percent(rollout)}${place}`)
    }
  })
}

/**
 * @param {Terminal} terminal
 * @param {number} level how deep it stands within others
 * @param {any} filter
 * @param {{ matches?: boolean | null, given?: unknown }} found
 */
function printFilter(terminal, level, filter, { matches = null, given }) {
  const shown = given === undefined ? (matches === null ? missing(filter) : '') : `: ${jsonOf(given)}`
  terminal.line('  '.repeat(level), mark(terminal, matches), ` ${describe(filter)}${shown}`)
}

/**
 * What cohorts and flags consist of, each part below the one that it belongs to. Nothing here calls itself: parts may stand deep
 * within each other.
 *
 * @param {Terminal} terminal
 * @param {{ cohort?: any, dependencies?: readonly any[] }} outer
 */
function printWithin(terminal, outer) {
  const contentsOf = (/** @type {any} */ { cohort, dependencies, conditions, properties, values }) =>
    dependencies ?? conditions ?? properties ?? values ?? (cohort && [cohort]) ?? []
  /** @type {{ part: any, level: number, number: number }[]} */
  const waiting = []
  const add = (/** @type {any} */ part, /** @type {number} */ level) => {
    const contents = contentsOf(part).map((/** @type {any} */ each, /** @type {number} */ number) => ({
      part: each,
      level,
      number,
    }))
    waiting.push(...contents.reverse())
  }
  add(outer, 2)
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { part, level, number } = next
    const indent = '  '.repeat(level)
    if ('operator' in part) {
      printFilter(
        terminal,
        level,
        { ...part, type: part.type ?? (part.group === undefined ? undefined : 'group') },
        part
      )
    } else if ('rollout' in part) {
      terminal.line(`${indent}condition ${number + 1}: `, verdict(terminal, part.matches ?? null))
    } else if ('conditions' in part) {
      const value = part.value === undefined ? 'left to the server' : JSON.stringify(part.value)
      terminal.line(`${indent}${textOf(part.key)}: ${value}`)
    } else {
      const join = part.type === 'OR' ? 'one of' : 'all of'
      terminal.line(indent, mark(terminal, part.matches ?? null), ` ${join} ${part.values.length}`)
    }
    add(part, level + 1)
  }
}

/** @param {unknown} value as a caller gave it; a function, or something that contains itself, has no JSON */
function jsonOf(value) {
  try {
    return JSON.stringify(value) ?? textOf(value)
  } catch {
    return textOf(value)
  }
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
 * @param {boolean | null | undefined} matches
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
