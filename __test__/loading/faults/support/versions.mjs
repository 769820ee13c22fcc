// Definitions of which every answer says the version, and what can be told from answers.

/** Who flags are evaluated for; all of whose properties are the same for every version. */
export const PERSON = {
  id: 'somebody',
  options: () => ({
    groups: { team0: 'hedgehogs', team1: 'hedgehogs' },
    // Always two days ago, also after the clock was set.
    personProperties: { plan: 'pro', seen: new Date(Date.now() - 2 * 86_400_000) },
    groupProperties: { team0: { size: 3 }, team1: { size: 3 } },
  }),
}

/** Shortest and longest lists of flags; versions differ in length, so that lost flags show. */
const [FEWEST, LENGTHS] = [12, 7]
/** A document now and then takes many packets, and crosses into Rust in several pieces. */
const LARGE_EVERY = 16
const LARGE_BYTES = 300_000

const everybody = { properties: [], rollout_percentage: 100 }

/**
 * The definitions of a version. Cohort, group type and dependency are those of the version, so that flags of one version
 * with anything of another have no answer, or a wrong one.
 *
 * @param {number} version
 */
export function definitionsOf(version) {
  const variant = variantOf(version)
  const flag = (/** @type {string} */ key, /** @type {object} */ condition, filters = {}) => ({
    id: key.length,
    key,
    name: version % LARGE_EVERY === 0 && key === 'release-0' ? 'x'.repeat(LARGE_BYTES) : `of ${variant}`,
    active: true,
    filters: {
      groups: [{ ...everybody, ...condition }],
      multivariate: { variants: [{ key: variant, rollout_percentage: 100 }] },
      payloads: { [variant]: JSON.stringify({ key, version }) },
      ...filters,
    },
  })
  const property = (/** @type {object} */ fields) => ({ properties: [{ type: 'person', ...fields }] })
  const dependency = { key: 'release-1', type: 'flag', value: variant, operator: 'flag_evaluates_to' }
  return {
    flags: [
      ...Array.from({ length: lengthOf(version) }, (_, index) => flag(`release-${index}`, {})),
      flag('by-property', property({ key: 'plan', operator: 'exact', value: ['pro', variant] })),
      flag('by-date', property({ key: 'seen', operator: 'is_date_before', value: '-1d' })),
      flag('by-cohort', { properties: [{ key: 'id', type: 'cohort', value: cohortOf(version) }] }),
      flag('by-dependency', { properties: [{ ...dependency, dependency_chain: ['release-1'] }] }),
      flag('by-group', {}, { aggregation_group_type_index: version % 3 }),
    ],
    group_type_mapping: { [version % 3]: `team${version % 2}` },
    cohorts: {
      [cohortOf(version)]: {
        type: 'AND',
        values: [{ key: 'plan', type: 'person', operator: 'is_not', value: variant }],
      },
    },
  }
}

/** @param {number} version */
function variantOf(version) {
  return `v${version}`
}

/** @param {number} version */
function cohortOf(version) {
  return 1000 + Math.abs(version)
}

/** @param {number} version */
function lengthOf(version) {
  return FEWEST + (Math.abs(version) % LENGTHS)
}

/** The keys of a version in order. @param {number} version */
export function keysOf(version) {
  const releases = Array.from({ length: lengthOf(version) }, (_, index) => `release-${index}`)
  return [...releases, 'by-property', 'by-date', 'by-cohort', 'by-dependency', 'by-group']
}

/**
 * The version that answers say, if all of them say the same and none is missing.
 *
 * @param {{ featureFlags?: Record<string, unknown>, featureFlagPayloads?: Record<string, any> }} answers
 * @returns {{ version?: number, problem?: string }} neither if there are no answers at all
 */
export function versionOf({ featureFlags = {}, featureFlagPayloads = {} }) {
  const count = Object.keys(featureFlags).length
  if (count === 0) {
    return {}
  }
  const first = String(featureFlags['release-0'])
  const version = Number(first.slice(1))
  if (!Number.isInteger(version)) {
    return { problem: `release-0 is ${first}` }
  }
  const keys = keysOf(version)
  for (const key of keys) {
    const payload = featureFlagPayloads[key]
    if (featureFlags[key] !== first || payload?.version !== version || payload?.key !== key) {
      const found = `${String(featureFlags[key])} with the payload ${JSON.stringify(payload)}`
      return { problem: `a mixture: release-0 is ${first}, ${key} is ${found}` }
    }
  }
  return count === keys.length
    ? { version }
    : { problem: `a mixture: ${count} flags have an answer, ${first} has ${keys.length}` }
}

/**
 * The version of a document as a cache holds it: an object, its JSON, or that as bytes.
 *
 * @param {any} document
 * @returns {number | undefined} nothing if it is none
 */
export function versionOfDocument(document) {
  try {
    const isText = typeof document === 'string' || document instanceof Uint8Array
    const { flags } = isText ? JSON.parse(String(document)) : document
    const version = Number(flags[0].filters.multivariate.variants[0].key.slice(1))
    return Number.isInteger(version) ? version : undefined
  } catch {
    return undefined
  }
}
