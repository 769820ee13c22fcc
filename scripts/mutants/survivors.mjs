// Mutants that no test can notice, each with the reason: __test__/mutants/survivors.json.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { root } from '../run.mjs'

/** @typedef {import('./weave.mjs').Mutant} Mutant */

/**
 * A survivor is named by the line it stands on, so that it stays the same wherever the line moves.
 *
 * @typedef {object} Survivor
 * @property {string} file
 * @property {string} mutation such as "replace < with <= in count_up_to"
 * @property {string} line the text of the line
 * @property {number} column where in the text it begins, from 0
 * @property {string} reason
 */

const FILE = 'survivors.json'

/** @returns {Survivor[]} */
export function readSurvivors() {
  return JSON.parse(readFileSync(path.join(root, '__test__/mutants', FILE), 'utf8'))
}

/**
 * @param {Mutant} mutant
 * @param {string} text of its file
 * @returns {Omit<Survivor, 'reason'>}
 */
export function describe(mutant, text) {
  const { start } = mutant.span
  const line = text.split('\n')[start.line - 1]
  const indent = line.length - line.trimStart().length
  return {
    file: mutant.file,
    mutation: mutant.name.replace(/^\S+:\d+:\d+: /, ''),
    line: line.trim(),
    column: start.column - 1 - indent,
  }
}

/** @param {Omit<Survivor, 'reason'>} survivor */
export const identity = ({ file, mutation, line, column }) => JSON.stringify([file, mutation, line, column])
