'use strict'

/**
 * A flag that is on for everybody.
 *
 * @param {string} key
 * @param {Record<string, unknown>} [extra]
 */
function flag(key, extra = {}) {
  return {
    id: key.length,
    key,
    active: true,
    filters: { groups: [{ properties: [], rollout_percentage: 100 }] },
    ...extra,
  }
}

/**
 * A flag `f` that is on for those who have all of these properties.
 *
 * @param {unknown[]} properties filters
 * @param {Record<string, unknown>} [extra]
 */
function flagFor(properties, extra = {}) {
  return flag('f', { filters: { groups: [{ properties }] }, ...extra })
}

module.exports = { flag, flagFor }
