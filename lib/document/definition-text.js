'use strict'

const { describeError } = require('../errors/describe-error')
const { quote, textOf } = require('./copied-text')
const { namedValues, objectOf } = require('./named-values')
const { wholeText } = require('./whole-text')
const {
  MAX_PAYLOAD_DEPTH,
  Unreadable,
  comparedValue,
  dividedValue,
  exactValue,
  isObject,
  kindOf,
  listOf,
  truthValue,
} = require('./plain-text')

/**
 * The fields of flags and cohorts that evaluation reads, as JSON text. Each is read once into plain values, which are then
 * written all at once: `JSON.stringify` needs no time to warm up. See `plain-text.js`.
 *
 * A flag or a cohort that cannot be read has this field, with the reason. Everything else about it then says that only
 * the server knows, so that an evaluator which does not know the field does no harm.
 */
const UNREADABLE = '\ufdd0unreadable'

/** Why something is not taken whole that has fields which JSON has not. */
const NO_JSON = 'expected plain data with all its fields but received what has another meaning as JSON'

/** A group that matches everyone, as one without fields does. */
const EVERYONE = { type: 'AND', values: [] }

/** The native side reads no more, for JSON nests twice as deep. */
const MAX_GROUP_DEPTH = 60

/**
 * The names that flags and cohorts refer to. They are collected because some containers cannot list what they hold.
 *
 * @typedef {object} Names
 * @property {Set<string>} cohorts
 * @property {Set<string>} groupTypes
 * @property {any} groupTypeMapping
 */

/**
 * A value whose fields nobody reads, because it has none.
 *
 * @param {unknown} value no object
 */
function primitiveValue(value) {
  if (typeof value === 'bigint' || typeof value === 'symbol' || Number.isNaN(value)) {
    return value ? 1 : 0
  }
  return exactValue(value, '') ?? null
}

/** @param {unknown} value no object */
function primitiveText(value) {
  return textOf(primitiveValue(value))
}

/**
 * A list that posthog-node walks with `for … of`.
 *
 * @param {any} value
 * @param {string} name
 * @param {(item: any) => unknown} itemValue
 */
function walkedValue(value, name, itemValue) {
  if (Array.isArray(value)) {
    return listOf(value, name, itemValue)
  }
  if (!isObject(value)) {
    return value === undefined ? undefined : primitiveValue(value)
  }
  if (value[Symbol.iterator] != null) {
    throw new Unreadable(name, `${kindOf(value)} instead of a list`)
  }
  return { length: exactValue(value.length, `the length of ${name}`) }
}

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
    return unreadableFlagValue(flag, describe(error))
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

/**
 * What a function returns, or something else if it throws.
 *
 * @template T
 * @param {() => T} read
 * @param {T} [otherwise]
 */
function attempt(read, otherwise) {
  try {
    return read()
  } catch {
    return otherwise
  }
}

/** @param {unknown} error */
function describe(error) {
  return error instanceof Unreadable
    ? error.message
    : `expected plain data but reading it failed: ${describeError(error)}`
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
 * @param {any} filter
 * @param {Names} names
 */
function filterValue(filter, names) {
  return isObject(filter) ? filterFields(filter, names) : primitiveValue(filter)
}

/**
 * @param {any} filter
 * @param {Names} names
 */
function filterFields(filter, names) {
  const { type, value } = filter
  const valueValue = exactValue(value, 'value')
  if (type === 'cohort') {
    const id = attempt(() => `${value}`)
    if (id !== undefined) {
      names.cohorts.add(id)
    }
  }
  const { key, operator, negation, dependency_chain: chain } = filter
  return {
    key: exactValue(key, 'key'),
    type: comparedValue(type, 'type'),
    value: valueValue,
    operator: exactValue(operator, 'operator'),
    negation: truthValue(negation, 'negation'),
    dependency_chain: chain === undefined ? undefined : chainValue(chain),
  }
}

/** @param {unknown} chain */
function chainValue(chain) {
  return Array.isArray(chain)
    ? listOf(chain, 'dependency_chain', (link) => {
        if (link === undefined) {
          throw new Unreadable('dependency_chain', 'undefined inside it')
        }
        return exactValue(link, 'dependency_chain')
      })
    : 0
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
  // Both are converted there, whatever they are. An object of JSON may refuse that: posthog-node throws if it comes to it.
  const name = attempt(() => `${id}`)
  const share = attempt(() => Number(percentage))
  if (name !== undefined) {
    values.push(`holdout-${name}`)
  }
  return {
    id: exactValue(name ?? id, 'holdout.id'),
    exclusion_percentage:
      share === undefined
        ? exactValue(percentage, 'holdout.exclusion_percentage')
        : dividedValue(share, 'holdout.exclusion_percentage'),
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
    return mapping === undefined ? undefined : primitiveText(mapping)
  }
  // Flags that ask for a group type without a text are unreadable themselves.
  return textOf(
    objectOf(namedValues(mapping, indices, (name) => attempt(() => exactValue(name, 'group_type_mapping'))))
  )
}

/**
 * The cohorts of a document, one by one: the text of an object without the braces and commas.
 *
 * @param {object} cohorts
 * @param {Names} names
 * @param {boolean} [isWhole] whether all their fields are written; a cohort is unreadable if they have no JSON text
 */
function* cohortTexts(cohorts, names, isWhole = false) {
  const texts = namedValues(cohorts, names.cohorts, (cohort) =>
    isWhole ? wholeCohortText(cohort, names) : cohortText(cohort, names)
  )
  for (const [name, text] of texts) {
    yield `${quote(name)}:${text}`
  }
}

/**
 * @param {any} cohort
 * @param {Names} names is added to
 */
function cohortText(cohort, names) {
  try {
    return textOf(groupValue(cohort, names, 0))
  } catch (error) {
    return unreadableCohortText(describe(error))
  }
}

/**
 * The same with all its fields.
 *
 * @param {any} cohort
 * @param {Names} names is added to
 */
function wholeCohortText(cohort, names) {
  const text = cohortText(cohort, names)
  const whole = wholeText(text, cohort, (again) => cohortText(again, names))
  return whole ?? (text.includes(UNREADABLE) ? text : unreadableCohortText(NO_JSON))
}

/** @param {string} reason */
function unreadableCohortText(reason) {
  return textOf({ type: UNREADABLE, [UNREADABLE]: reason })
}

/**
 * A cohort, or a group in it.
 *
 * @param {any} group
 * @param {Names} names
 * @param {number} depth
 * @returns {unknown}
 */
function groupValue(group, names, depth) {
  if (!isObject(group)) {
    return primitiveValue(group)
  }
  const { type, values } = group
  const isEmpty = Object.keys(group).length === 0
  if (Array.isArray(group) && typeof values === 'function' && type === undefined) {
    // It has no values but a method of that name, on which posthog-node throws where it looks for what is not supported.
    return isEmpty ? [] : [0]
  }
  if (isEmpty) {
    return 'values' in group ? EVERYONE : {}
  }
  const members = membersValue(values, names, depth)
  // posthog-node names a type that it does not know in a message, which may throw.
  if (attempt(() => `${type}`) === undefined) {
    throw new Unreadable("a cohort's type", `a ${typeof type}`)
  }
  return { type: comparedValue(type, 'type'), values: members ?? null }
}

/**
 * The members of a cohort or of a group in it.
 *
 * @param {any} members
 * @param {Names} names
 * @param {number} depth of the group
 * @returns {unknown}
 */
function membersValue(members, names, depth) {
  if (depth > MAX_GROUP_DEPTH) {
    throw new Unreadable("a cohort's values", `groups that nest more than ${MAX_GROUP_DEPTH} levels deep`)
  }
  // An evaluation takes all members for what the first one is. posthog-node's check for what is not supported looks at each.
  const first = members?.[0]
  const areGroups = isObject(first) && 'values' in first
  return walkedValue(members, "a cohort's values", (member) => {
    if (!isObject(member) || !('values' in member)) {
      return filterValue(member, names)
    }
    if (areGroups) {
      return groupValue(member, names, depth + 1)
    }
    const values = membersValue(member.values, names, depth + 1)
    return { ...filterFields(member, names), values: values ?? null }
  })
}

module.exports = { cohortTexts, completeText, flagText, groupTypesText, primitiveText, wholeFlagText }
