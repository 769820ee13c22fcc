'use strict'

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
    terminal.line(`condition ${index + 1}${forced}: ${verdict(terminal, matches)}`)
    for (const { filter, matches: one, ...rest } of filters) {
      terminal.line(
        `  ${mark(terminal, one)} ${describe(filter)}${'given' in rest ? `: ${JSON.stringify(rest.given)}` : ''}`
      )
    }
    if (rollout < 100) {
      const isIn = bucket === null ? null : bucket <= rollout
      terminal.line(
        `  ${mark(terminal, isIn)} rollout ${percent(rollout)}${bucket === null ? '' : `: at ${percent(bucket)}`}`
      )
    }
  })
}

/** @param {any} filter */
function describe({ key, type, operator, value, negation }) {
  const not = negation ? 'not ' : ''
  switch (type) {
    case 'cohort':
      return `${not}in cohort ${value}`
    case 'flag':
      return `${not}flag ${key} is ${JSON.stringify(value)}`
    default:
      return `${not}${key} ${operator ?? 'exact'}${value === undefined || value === null ? '' : ` ${JSON.stringify(value)}`}`
  }
}

/**
 * @param {Terminal} terminal
 * @param {boolean | null} matches
 */
function verdict(terminal, matches) {
  if (matches === null) {
    return terminal.style('yellow', 'cannot be told here')
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

/** @param {number} share from 0 to 100 */
function percent(share) {
  return `${Number(share.toFixed(2))} %`
}

module.exports = { printExplanation }
