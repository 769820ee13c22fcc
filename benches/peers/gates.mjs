// What every product is asked: 100 gates, each on for half of the people on one of two plans, for a person with 15 properties.
import mixed from '../node/definitions/mixed-definitions.js'

export const GATES = 100
export const PLANS = ['enterprise', 'pro']
export const SHARE = 50

/** The keys of the gates. */
export const keys = Array.from({ length: GATES }, (_, index) => `gate-${index}`)

/** The gate that is asked for alone. */
export const GATE = keys[17]

export const person = mixed.about.personProperties

/**
 * The distinct ids in the form that a product takes people in, made beforehand: a program may well make them once per
 * request and ask for many flags, and what that costs is not the evaluation's.
 *
 * @template T
 * @param {(distinctId: string) => T} toPerson
 * @returns {T[]}
 */
export function people(toPerson) {
  return mixed.distinctIds.slice(0, 1024).map(toPerson)
}
