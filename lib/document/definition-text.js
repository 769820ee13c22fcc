'use strict'

const { describeError } = require('../errors/describe-error')
const {
  MAX_PAYLOAD_DEPTH,
  Unreadable,
  comparedText,
  dividedText,
  exactText,
  isObject,
  kindOf,
  listOf,
  numberText,
  quote,
  truthText,
} = require('./plain-text')

/**
 * The fields of flags and cohorts that evaluation reads, as JSON text. See `plain-text.js`.
 *
 * A flag or a cohort that cannot be read has this field, with the reason. Everything else about it then says that only
 * the server knows, so that an evaluator which does not know the field does no harm.
 */
const UNREADABLE = '\ufdd0unreadable'

/** A group that matches everyone, as one without fields does. */
const EVERYONE = '{"type":"AND","values":[]}'

/** The native side reads no more, for JSON nests twice as deep. */
const MAX_GROUP_DEPTH = 60

/** To read these fields of a function may throw. */
const FORBIDDEN_OF_FUNCTIONS = new Set(['arguments', 'caller'])

/** The fields that every object has. No definition refers to them. */
const INHERITED_BY_ALL = new Set(Object.getOwnPropertyNames(Object.prototype))

/**
 * The names that flags and cohorts refer to. They are collected because some containers cannot list what they hold.
 *
 * @typedef {object} Names
 * @property {Set<string>} cohorts
 * @property {Set<string>} groupTypes
 * @property {any} groupTypeMapping
 */

/**
 * The text of an object with these fields, apart from those that have no value.
 *
 * @param {Record<string, string | undefined>} fields each as text
 */
function objectText(fields) {
  let text = ''
  for (const name of Object.keys(fields)) {
    const value = fields[name]
    if (value !== undefined) {
      text += `${text === '' ? '{"' : ',"'}${name}":${value}`
    }
  }
  return text === '' ? '{}' : `${text}}`
}

/**
 * A value whose fields nobody reads, because it has none.
 *
 * @param {unknown} value no object
 */
function primitiveText(value) {
  if (typeof value === 'bigint' || typeof value === 'symbol' || Number.isNaN(value)) {
    return value ? '1' : '0'
  }
  return exactText(value, '') ?? 'null'
}

/**
 * The text of a list that posthog-node walks with `for … of`.
 *
 * @param {any} value
 * @param {string} name
 * @param {(item: any) => string} itemText
 */
function walkedText(value, name, itemText) {
  if (Array.isArray(value)) {
    return listOf(value, name, itemText)
  }
  if (!isObject(value)) {
    return value === undefined ? undefined : primitiveText(value)
  }
  if (value[Symbol.iterator] != null) {
    throw new Unreadable(name, `${kindOf(value)} instead of a list`)
  }
  return objectText({ length: exactText(value.length, `the length of ${name}`) })
}

/**
 * @param {any} flag
 * @param {Names} names is added to
 * @returns {string}
 */
function flagText(flag, names) {
  if (!isObject(flag)) {
    return primitiveText(flag)
  }
  try {
    const key = exactText(flag.key, 'key')
    const active = flag.active
    const continues = flag.ensure_experience_continuity
    const decides = active && !continues
    return objectText({
      key,
      id: exactText(flag.id, 'id'),
      active: truthText(active, 'active'),
      ensure_experience_continuity: truthText(continues, 'ensure_experience_continuity'),
      bucketing_identifier: comparedText(flag.bucketing_identifier, 'bucketing_identifier'),
      evaluation_contexts: contextsText(flag.evaluation_contexts),
      evaluation_tags: contextsText(flag.evaluation_tags),
      evaluation_runtime: comparedText(flag.evaluation_runtime, 'evaluation_runtime'),
      has_experiment: exactText(flag.has_experiment, 'has_experiment'),
      filters: filtersText(flag.filters, decides, names),
    })
  } catch (error) {
    return unreadableFlagText(flag, describe(error))
  }
}

/**
 * The fields that can be read of a flag which cannot be read as a whole.
 *
 * @param {any} flag
 * @param {string} reason
 */
function unreadableFlagText(flag, reason) {
  return objectText({
    key: attempt(() => (isObject(flag.key) ? quote(`${flag.key}`) : exactText(flag.key, 'key')), '{"toString":0}'),
    id: attempt(() => exactText(flag.id, 'id')),
    active: 'true',
    evaluation_contexts: attempt(() => contextsText(flag.evaluation_contexts)),
    evaluation_tags: attempt(() => contextsText(flag.evaluation_tags)),
    evaluation_runtime: attempt(() => comparedText(flag.evaluation_runtime, 'evaluation_runtime')),
    has_experiment: attempt(() => exactText(flag.has_experiment, 'has_experiment')),
    filters: `{"groups":[{"properties":[{"type":"cohort","value":${quote(UNREADABLE)}}]}]}`,
    [UNREADABLE]: quote(reason),
  })
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
function contextsText(contexts) {
  if (Array.isArray(contexts)) {
    return listOf(contexts, 'evaluation_contexts', (context) => comparedText(context, '') ?? 'null')
  }
  return isObject(contexts) ? '{}' : contexts === undefined ? undefined : primitiveText(contexts)
}

/**
 * @param {any} filters
 * @param {unknown} decides whether anything but the payloads is read
 * @param {Names} names
 */
function filtersText(filters, decides, names) {
  if (!isObject(filters)) {
    return filters === undefined ? undefined : primitiveText(filters)
  }
  const { payloads } = filters
  if (!decides) {
    return objectText({ payloads: payloadsText(payloads, []) })
  }
  const { aggregation_group_type_index: index, groups, multivariate, holdout, early_exit: exits } = filters
  /** @type {string[]} */
  const values = []
  return objectText({
    aggregation_group_type_index: indexText(index, names),
    groups: walkedText(groups, 'filters.groups', (condition) => conditionText(condition, names)),
    multivariate: multivariateText(multivariate, values),
    holdout: holdoutText(holdout, values),
    early_exit: truthText(exits, 'early_exit'),
    payloads: payloadsText(payloads, values),
  })
}

/**
 * @param {any} index
 * @param {Names} names
 */
function indexText(index, names) {
  const text = exactText(index, 'aggregation_group_type_index')
  if (index !== undefined && index !== null) {
    const name = attempt(() => `${index}`)
    if (name !== undefined) {
      names.groupTypes.add(name)
      exactText(names.groupTypeMapping?.[name], 'group_type_mapping')
    }
  }
  return text
}

/**
 * @param {any} condition
 * @param {Names} names
 */
function conditionText(condition, names) {
  return isObject(condition)
    ? objectText({
        aggregation_group_type_index: indexText(condition.aggregation_group_type_index, names),
        properties: walkedText(condition.properties, 'properties', (p) => filterText(p, names)),
        rollout_percentage: dividedText(condition.rollout_percentage, 'rollout_percentage'),
        variant: exactText(condition.variant, 'variant'),
      })
    : primitiveText(condition)
}

/**
 * @param {any} filter
 * @param {Names} names
 */
function filterText(filter, names) {
  return isObject(filter) ? objectText(filterFields(filter, names)) : primitiveText(filter)
}

/**
 * @param {any} filter
 * @param {Names} names
 */
function filterFields(filter, names) {
  const { type, value } = filter
  const valueText = exactText(value, 'value')
  if (type === 'cohort') {
    const id = attempt(() => `${value}`)
    if (id !== undefined) {
      names.cohorts.add(id)
    }
  }
  const { key, operator, negation, dependency_chain: chain } = filter
  return {
    key: exactText(key, 'key'),
    type: comparedText(type, 'type'),
    value: valueText,
    operator: exactText(operator, 'operator'),
    negation: truthText(negation, 'negation'),
    dependency_chain: chain === undefined ? undefined : chainText(chain),
  }
}

/** @param {unknown} chain */
function chainText(chain) {
  return Array.isArray(chain)
    ? listOf(chain, 'dependency_chain', (link) => {
        const text = exactText(link, 'dependency_chain')
        if (text === undefined) {
          throw new Unreadable('dependency_chain', 'undefined inside it')
        }
        return text
      })
    : '0'
}

/**
 * @param {any} multivariate
 * @param {string[]} values is added to
 */
function multivariateText(multivariate, values) {
  if (!isObject(multivariate)) {
    return multivariate === undefined ? undefined : primitiveText(multivariate)
  }
  const variants = walkedText(multivariate.variants, 'multivariate.variants', (variant) => {
    if (!isObject(variant)) {
      return primitiveText(variant)
    }
    const { key, rollout_percentage: percentage } = variant
    const keyText = exactText(key, "a variant's key")
    const name = attempt(() => `${key}`)
    if (name !== undefined) {
      values.push(name)
    }
    return objectText({ key: keyText, rollout_percentage: dividedText(percentage, "a variant's rollout_percentage") })
  })
  return objectText({ variants })
}

/**
 * @param {any} holdout
 * @param {string[]} values is added to
 */
function holdoutText(holdout, values) {
  if (!isObject(holdout)) {
    return holdout === undefined ? undefined : primitiveText(holdout)
  }
  const { id, exclusion_percentage: percentage } = holdout
  if (id == null || percentage == null) {
    return 'null'
  }
  // Both are converted there, whatever they are. An object of JSON may refuse that: posthog-node throws if it comes to it.
  const name = attempt(() => `${id}`)
  const share = attempt(() => Number(percentage))
  if (name !== undefined) {
    values.push(`holdout-${name}`)
  }
  return objectText({
    id: exactText(name ?? id, 'holdout.id'),
    exclusion_percentage:
      share === undefined
        ? exactText(percentage, 'holdout.exclusion_percentage')
        : Number.isNaN(share)
          ? '"NaN"'
          : numberText(share),
  })
}

/**
 * What is looked up by name: `"name":value` for each name that has a value.
 *
 * @param {any} container
 * @param {Iterable<string>} names that may be looked up, beside all that it can list; more may be added meanwhile
 * @param {(value: any, name: string) => string | undefined} valueText
 * @returns {Generator<string>}
 */
function* namedTexts(container, names, valueText) {
  const written = namesIn(container)
  for (const name of written) {
    const text = valueText(container[name], name)
    if (text !== undefined) {
      yield `${quote(name)}:${text}`
    }
  }
  for (const name of names) {
    // This name has not been listed: its value is behind a proxy, or every object has it.
    if (!written.has(name) && !INHERITED_BY_ALL.has(name) && name in container) {
      written.add(name)
      const text = valueText(container[name], name)
      if (text !== undefined) {
        yield `${quote(name)}:${text}`
      }
    }
  }
}

/**
 * The names of all fields that an object can list, own and inherited, apart from what every object, list or class has.
 *
 * @param {object} container
 * @returns {Set<string>}
 */
function namesIn(container) {
  /** @type {Set<string>} */
  const names = new Set()
  for (let owner = container; owner !== null; owner = Object.getPrototypeOf(owner)) {
    if (Object.hasOwn(owner, 'hasOwnProperty') && Object.getPrototypeOf(owner) === null) {
      break
    }
    for (const name of Object.getOwnPropertyNames(owner)) {
      const isMethod = owner !== container && typeof Object.getOwnPropertyDescriptor(owner, name)?.value === 'function'
      const isForbidden = typeof owner === 'function' && FORBIDDEN_OF_FUNCTIONS.has(name)
      if (!isMethod && !isForbidden && !(name === 'length' && Array.isArray(owner))) {
        names.add(name)
      }
    }
  }
  return names
}

/**
 * @param {any} payloads
 * @param {string[]} values that may have one, beside `true`
 */
function payloadsText(payloads, values) {
  if (!payloads) {
    return undefined
  }
  if (!isObject(payloads)) {
    return primitiveText(payloads)
  }
  const texts = namedTexts(payloads, ['true', ...values], (payload, name) =>
    payload ? exactText(payload, `the payload of ${quote(name)}`, MAX_PAYLOAD_DEPTH) : undefined
  )
  return `{${Array.from(texts).join(',')}}`
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
  const texts = namedTexts(mapping, indices, (name) => attempt(() => exactText(name, 'group_type_mapping')))
  return `{${Array.from(texts).join(',')}}`
}

/**
 * The cohorts of a document, one by one: the text of an object without the braces and commas.
 *
 * @param {object} cohorts
 * @param {Names} names
 */
function cohortTexts(cohorts, names) {
  return namedTexts(cohorts, names.cohorts, (cohort) => {
    try {
      return groupText(cohort, names, 0)
    } catch (error) {
      return objectText({ type: quote(UNREADABLE), [UNREADABLE]: quote(describe(error)) })
    }
  })
}

/**
 * A cohort, or a group in it.
 *
 * @param {any} group
 * @param {Names} names
 * @param {number} depth
 * @returns {string}
 */
function groupText(group, names, depth) {
  if (!isObject(group)) {
    return primitiveText(group)
  }
  const { type, values } = group
  const isEmpty = Object.keys(group).length === 0
  if (Array.isArray(group) && typeof values === 'function' && type === undefined) {
    // It has no values but a method of that name, on which posthog-node throws where it looks for what is not supported.
    return isEmpty ? '[]' : '[0]'
  }
  if (isEmpty) {
    return 'values' in group ? EVERYONE : '{}'
  }
  const members = membersText(values, names, depth)
  // posthog-node names a type that it does not know in a message, which may throw.
  if (attempt(() => `${type}`) === undefined) {
    throw new Unreadable("a cohort's type", `a ${typeof type}`)
  }
  return objectText({ type: comparedText(type, 'type'), values: members ?? 'null' })
}

/**
 * The members of a cohort or of a group in it.
 *
 * @param {any} members
 * @param {Names} names
 * @param {number} depth of the group
 * @returns {string | undefined}
 */
function membersText(members, names, depth) {
  if (depth > MAX_GROUP_DEPTH) {
    throw new Unreadable("a cohort's values", `groups that nest more than ${MAX_GROUP_DEPTH} levels deep`)
  }
  // An evaluation takes all members for what the first one is. posthog-node's check for what is not supported looks at each.
  const first = members?.[0]
  const areGroups = isObject(first) && 'values' in first
  return walkedText(members, "a cohort's values", (member) => {
    if (!isObject(member) || !('values' in member)) {
      return filterText(member, names)
    }
    if (areGroups) {
      return groupText(member, names, depth + 1)
    }
    const values = membersText(member.values, names, depth + 1)
    return objectText({ ...filterFields(member, names), values: values ?? 'null' })
  })
}

module.exports = { cohortTexts, flagText, groupTypesText, primitiveText }
