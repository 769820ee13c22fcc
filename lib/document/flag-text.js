'use strict'

const { quote, textOf } = require('./copied-text')
const { NO_JSON, UNREADABLE, attempt, filterValue, reasonOf } = require('./filter-value')
const { namedValues, objectOf } = require('./named-values')
const { wholeText } = require('./whole-text')
const {
  MAX_PAYLOAD_DEPTH,
  REFUSING,
  comparedValue,
  dividedValue,
  exactValue,
  isObject,
  listOf,
  primitiveValue,
  truthValue,
  walkedValue,
} = require('./plain-text')

/** @typedef {import('./filter-value').Names} Names */

/**
 * The fields of flags that evaluation reads, as JSON text. Each is read once into plain values, which are then written all at
 * once: `JSON.stringify` needs no time to warm up. See `plain-text.js`.
 */

/**
 * @param {any} flag
 * @param {Names} names is added to
 */
function flagText(flag, names) {
  return textOf(flagValue(flag, names))
}

/**
 * The text of a flag with all its fields, or else of those that are read.
 *
 * @param {string} text of those that are read
 * @param {any} flag
 * @param {Names} names is added to
 */
function completeText(text, flag, names) {
  return wholeText(text, flag, (again) => flagText(again, names)) ?? text
}

/**
 * The text of a flag with all its fields. One that has no such text is unreadable, because fields that are left out may decide.
 *
 * @param {string} text of those that posthog-node reads
 * @param {any} flag
 * @param {Names} names is added to
 */
function wholeFlagText(text, flag, names) {
  const whole = wholeText(text, flag, (again) => flagText(again, names))
  return whole ?? (isObject(flag) && !text.includes(UNREADABLE) ? textOf(unreadableFlagValue(flag, NO_JSON)) : text)
}

/**
 * @param {any} flag
 * @param {Names} names is added to
 * @returns {unknown}
 */
function flagValue(flag, names) {
  if (!isObject(flag)) {
    return primitiveValue(flag)
  }
  try {
    const key = exactValue(flag.key, 'key')
    const active = flag.active
    const continues = flag.ensure_experience_continuity
    const decides = active && !continues
    return {
      key,
      id: exactValue(flag.id, 'id'),
      active: truthValue(active, 'active'),
      ensure_experience_continuity: truthValue(continues, 'ensure_experience_continuity'),
      bucketing_identifier: comparedValue(flag.bucketing_identifier, 'bucketing_identifier'),
      evaluation_contexts: contextsValue(flag.evaluation_contexts),
      evaluation_tags: contextsValue(flag.evaluation_tags),
      evaluation_runtime: comparedValue(flag.evaluation_runtime, 'evaluation_runtime'),
      has_experiment: exactValue(flag.has_experiment, 'has_experiment'),
      filters: filtersValue(flag.filters, decides, names),
    }
  } catch (error) {
    return unreadableFlagValue(flag, reasonOf(error))
  }
}

/**
 * The fields that can be read of a flag which cannot be read as a whole.
 *
 * @param {any} flag
 * @param {string} reason
 */
function unreadableFlagValue(flag, reason) {
  return {
    key: attempt(() => (isObject(flag.key) ? `${flag.key}` : exactValue(flag.key, 'key')), { toString: 0 }),
    id: attempt(() => exactValue(flag.id, 'id')),
    active: true,
    evaluation_contexts: attempt(() => contextsValue(flag.evaluation_contexts)),
    evaluation_tags: attempt(() => contextsValue(flag.evaluation_tags)),
    evaluation_runtime: attempt(() => comparedValue(flag.evaluation_runtime, 'evaluation_runtime')),
    has_experiment: attempt(() => exactValue(flag.has_experiment, 'has_experiment')),
    filters: { groups: [{ properties: [{ type: 'cohort', value: UNREADABLE }] }] },
    [UNREADABLE]: reason,
  }
}

/** @param {any} contexts */
function contextsValue(contexts) {
  if (Array.isArray(contexts)) {
    return listOf(contexts, 'evaluation_contexts', (context) => comparedValue(context, '') ?? null)
  }
  return isObject(contexts) ? {} : contexts === undefined ? undefined : primitiveValue(contexts)
}

/**
 * @param {any} filters
 * @param {unknown} decides whether anything but the payloads is read
 * @param {Names} names
 */
function filtersValue(filters, decides, names) {
  if (!isObject(filters)) {
    return filters === undefined ? undefined : primitiveValue(filters)
  }
  const { payloads } = filters
  if (!decides) {
    return { payloads: payloadsValue(payloads, []) }
  }
  const { aggregation_group_type_index: index, groups, multivariate, holdout, early_exit: exits, version } = filters
  /** @type {string[]} */
  const values = []
  return {
    aggregation_group_type_index: indexValue(index, names),
    groups: walkedValue(groups, 'filters.groups', (condition) => conditionValue(condition, names)),
    multivariate: multivariateValue(multivariate, values),
    holdout: holdoutValue(holdout, values),
    early_exit: truthValue(exits, 'early_exit'),
    // 1 and nothing are all that is told apart from the rest.
    version: version == null || version === 1 ? version : 0,
    payloads: payloadsValue(payloads, values),
  }
}

/**
 * @param {any} index
 * @param {Names} names
 */
function indexValue(index, names) {
  const known = exactValue(index, 'aggregation_group_type_index')
  if (index !== undefined && index !== null) {
    const name = attempt(() => `${index}`)
    if (name !== undefined) {
      names.groupTypes.add(name)
      exactValue(names.groupTypeMapping?.[name], 'group_type_mapping')
    }
  }
  return known
}

/**
 * @param {any} condition
 * @param {Names} names
 */
function conditionValue(condition, names) {
  return isObject(condition)
    ? {
        aggregation_group_type_index: indexValue(condition.aggregation_group_type_index, names),
        properties: walkedValue(condition.properties, 'properties', (p) => filterValue(p, names)),
        rollout_percentage: dividedValue(condition.rollout_percentage, 'rollout_percentage'),
        variant: exactValue(condition.variant, 'variant'),
      }
    : primitiveValue(condition)
}

/**
 * @param {any} multivariate
 * @param {string[]} values is added to
 */
function multivariateValue(multivariate, values) {
  if (!isObject(multivariate)) {
    return multivariate === undefined ? undefined : primitiveValue(multivariate)
  }
  const variants = walkedValue(multivariate.variants, 'multivariate.variants', (variant) => {
    if (!isObject(variant)) {
      return primitiveValue(variant)
    }
    const { key, rollout_percentage: percentage } = variant
    const keyValue = exactValue(key, "a variant's key")
    const name = attempt(() => `${key}`)
    if (name !== undefined) {
      values.push(name)
    }
    return { key: keyValue, rollout_percentage: dividedValue(percentage, "a variant's rollout_percentage") }
  })
  return { variants }
}

/**
 * @param {any} holdout
 * @param {string[]} values is added to
 */
function holdoutValue(holdout, values) {
  if (!isObject(holdout)) {
    return holdout === undefined ? undefined : primitiveValue(holdout)
  }
  const { id, exclusion_percentage: percentage } = holdout
  if (id == null || percentage == null) {
    return null
  }
  // Both are converted there, whatever they are.
  const name = attempt(() => `${id}`)
  const share = attempt(() => Number(percentage))
  if (name !== undefined) {
    values.push(`holdout-${name}`)
  }
  return {
    id: name === undefined ? REFUSING : exactValue(name, 'holdout.id'),
    exclusion_percentage: share === undefined ? REFUSING : dividedValue(share, 'holdout.exclusion_percentage'),
  }
}

/**
 * @param {any} payloads
 * @param {string[]} values that may have one, beside `true`
 */
function payloadsValue(payloads, values) {
  if (!payloads) {
    return undefined
  }
  if (!isObject(payloads)) {
    return primitiveValue(payloads)
  }
  return objectOf(
    namedValues(payloads, ['true', ...values], (payload, name) =>
      payload ? exactValue(payload, `the payload of ${quote(name)}`, MAX_PAYLOAD_DEPTH) : undefined
    )
  )
}

/**
 * @param {any} mapping
 * @param {Iterable<string>} indices
 */
function groupTypesText(mapping, indices) {
  if (!isObject(mapping)) {
    return mapping === undefined ? undefined : textOf(primitiveValue(mapping))
  }
  // Flags that ask for a group type without a text are unreadable themselves.
  return textOf(
    objectOf(namedValues(mapping, indices, (name) => attempt(() => exactValue(name, 'group_type_mapping'))))
  )
}

module.exports = { completeText, flagText, groupTypesText, wholeFlagText }
