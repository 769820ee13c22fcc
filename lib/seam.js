'use strict'

/**
 * What this package relies on in posthog-node beyond its documented interface. Another version may differ: then flags
 * are evaluated by posthog-node itself, for a wrong answer is worse than a slow one.
 */

/** What posthog-node's client may touch of its poller, all of which ours has. */
const POLLER_MEMBERS = [
  'computeFlagAndPayloadLocally',
  'debug',
  'featureFlags',
  'featureFlagsByKey',
  'getAllFlagsAndPayloads',
  'getEvaluationRuntimeForFlag',
  'getFlagDefinitionsLoadedAt',
  'getFlagKeysByEvaluationRuntime',
  'isLocalEvaluationReady',
  'loadFeatureFlags',
  'stopPoller',
]

/** The methods of the client that are called here. */
const CLIENT_METHODS = ['evaluateFlags', 'getCustomHeaders', '_getFeatureFlagEvaluationsHost', 'shutdown']

/** The fields of a client that are read or written here, which it may have no more than a name for until they are used. */
const CLIENT_FIELDS = ['featureFlagsPoller', '_flagOverrides', '_payloadOverrides', '_minimalFlagCalledEvents']

/** All members of posthog-node's `FeatureFlagEvaluations`. One more could read of a flag's record what ours has not. */
const EVALUATIONS_MEMBERS = [
  'constructor',
  'isEnabled',
  'getFlag',
  'getFlagPayload',
  'onlyAccessed',
  'only',
  'keys',
  'unresolvedFlags',
  '_getEventProperties',
  '_cloneWith',
  '_recordAccess',
]

/**
 * What differs in posthog-node's classes from what is expected.
 *
 * @param {any} Base posthog-node's `PostHog`
 * @param {any} FeatureFlagEvaluations
 * @returns {string[]} nothing if all is well
 */
function findClassProblems(Base, FeatureFlagEvaluations) {
  const problems = CLIENT_METHODS.filter((name) => typeof Base.prototype?.[name] !== 'function').map(
    (name) => `PostHog has no method ${name}`
  )
  if ('featureFlagsPoller' in Object(Base.prototype)) {
    problems.push('featureFlagsPoller is not a plain property of a client')
  }
  return [...problems, ...findSourceProblems(sourceOf(Base)), ...findEvaluationsProblems(FeatureFlagEvaluations)]
}

/**
 * What a new client, made without local evaluation, lacks of what is expected.
 *
 * @param {any} client
 * @returns {string[]} nothing if all is well
 */
function findClientProblems(client) {
  const problems = []
  if (client.featureFlagsPoller !== undefined) {
    problems.push('the client makes a poller although local evaluation is off')
  }
  const kinds = { options: 'object', host: 'string', apiKey: 'string', _events: 'object' }
  for (const [name, kind] of Object.entries(kinds)) {
    if (typeof client[name] !== kind || client[name] === null) {
      problems.push(`the client has no ${name}`)
    }
  }
  if (client._events && typeof client._events.emit !== 'function') {
    problems.push('the client has no _events.emit')
  }
  return problems
}

/**
 * Which fields a client has, and which members of its poller it touches, is read off its source text. Where that cannot be
 * read, as in a program compiled to bytecode, there is nothing to say.
 *
 * @param {string} source
 */
function findSourceProblems(source) {
  if (source.includes('[native code]') || source === '') {
    return []
  }
  const touched = new Set(Array.from(source.matchAll(/\.featureFlagsPoller\??\.([\w$]+)/g), ([, name]) => name))
  return [
    ...CLIENT_FIELDS.filter((name) => !source.includes(name)).map((name) => `the client knows no ${name}`),
    ...[...touched]
      .filter((name) => !POLLER_MEMBERS.includes(name))
      .map((name) => `the client uses featureFlagsPoller.${name}, which is not known`),
  ]
}

/** @param {any} FeatureFlagEvaluations */
function findEvaluationsProblems(FeatureFlagEvaluations) {
  if (typeof FeatureFlagEvaluations !== 'function') {
    return ['there is no FeatureFlagEvaluations']
  }
  const members = Object.getOwnPropertyNames(FeatureFlagEvaluations.prototype)
  return [
    ...EVALUATIONS_MEMBERS.filter((name) => !members.includes(name)).map(
      (name) => `FeatureFlagEvaluations has no ${name}`
    ),
    ...members
      .filter((name) => !EVALUATIONS_MEMBERS.includes(name))
      .map((name) => `FeatureFlagEvaluations has ${name}, which is not known`),
  ]
}

/**
 * The text of a class and of those it extends.
 *
 * @param {any} Class
 */
function sourceOf(Class) {
  let source = ''
  for (let one = Class; typeof one === 'function' && one !== Function.prototype; one = Object.getPrototypeOf(one)) {
    source += Function.prototype.toString.call(one)
  }
  return source
}

module.exports = { POLLER_MEMBERS, findClassProblems, findClientProblems }
