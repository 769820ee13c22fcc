'use strict'

const { isDeepStrictEqual } = require('node:util')

const { describeError } = require('../errors/describe-error.js')
const { sourceOf } = require('./class-source.js')

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

/** The methods of the client that are called or overridden here. */
const CLIENT_METHODS = [
  'debug',
  'evaluateFlags',
  'flush',
  'getCustomHeaders',
  '_getFeatureFlagEvaluationsHost',
  'personPropertiesForLocalEvaluation',
  'shutdown',
  'waitForLocalEvaluationReady',
]

/** The methods by which the client makes its requests. */
const REQUEST_METHODS = ['fetch', 'compressPayload']

/** The methods by which options of a call that posthog-node does not know are passed on. Without them they have no effect. */
const CALL_METHODS = ['_getFeatureFlagResult', 'getAllFlagsAndPayloads']

/** The fields of a client that are read or written here, which it may have no more than a name for until they are used. */
const CLIENT_FIELDS = ['featureFlagsPoller', '_flagOverrides', '_payloadOverrides', '_minimalFlagCalledEvents']

/** The fields of a client that are read here, which a new client has, and what kind of value each holds. */
const CLIENT_VALUES = { options: 'object', host: 'string', apiKey: 'string', disabled: 'boolean', _events: 'object' }

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
 * What keeps requests from being carried by another than posthog-node, which then goes on to carry them.
 *
 * @param {any} Base posthog-node's `PostHog`
 * @returns {string[]} nothing if all is well
 */
function findRequestProblems(Base) {
  const source = sourceOf(Base)
  return REQUEST_METHODS.filter(
    (name) => typeof Base.prototype?.[name] !== 'function' || (source !== '' && !source.includes(`this.${name}(`))
  ).map((name) => `PostHog makes no requests by its method ${name}`)
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
  for (const [name, kind] of Object.entries(CLIENT_VALUES)) {
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
 * read, as in a program compiled to bytecode, or is no longer that of a class, as in one compiled for old browsers, there
 * is nothing to say.
 *
 * @param {string} source
 */
function findSourceProblems(source) {
  if (source === '') {
    return []
  }
  const touched = new Set(Array.from(source.matchAll(/\.featureFlagsPoller\??\.([\w$]+)/g), ([, name]) => name))
  return [
    ...CLIENT_FIELDS.filter((name) => !new RegExp(`(?<![\\w$#])${name}(?![\\w$])`).test(source)).map(
      (name) => `the client knows no ${name}`
    ),
    ...[...touched]
      .filter((name) => !POLLER_MEMBERS.includes(name))
      .map((name) => `the client uses featureFlagsPoller.${name}, which is not known`),
  ]
}

/** What is given to the constructor of `FeatureFlagEvaluations`, for a flag that does not exist. */
const SAMPLE = {
  // Lets each read go as far as the event that it sends, which ends here.
  host: new Proxy({}, { get: () => () => true }),
  distinctId: 'sample',
  groups: { company: 'sample' },
  disableGeoip: true,
  flags: {
    sample: {
      key: 'sample',
      enabled: true,
      variant: 'blue',
      payload: 'paint',
      id: 1,
      version: undefined,
      reason: 'Evaluated locally',
      locallyEvaluated: true,
      hasExperiment: false,
    },
  },
  unresolvedFlags: { other: 'unsupported_definition' },
  flagDefinitionsLoadedAt: 1,
}

/** What can then be read off it. */
const EXPECTED = {
  getFlag: 'blue',
  getFlagPayload: 'paint',
  isEnabled: true,
  keys: ['sample'],
  unresolvedFlags: SAMPLE.unresolvedFlags,
}

/**
 * What differs in how evaluations are made and read. Members that are not known are posthog-node's own business: an
 * evaluation is an instance of its own class.
 *
 * @param {any} FeatureFlagEvaluations
 */
function findEvaluationsProblems(FeatureFlagEvaluations) {
  if (typeof FeatureFlagEvaluations !== 'function') {
    return ['there is no FeatureFlagEvaluations']
  }
  /** @type {Set<string | symbol>} */
  const taken = new Set()
  const init = new Proxy(SAMPLE, {
    get(sample, name) {
      taken.add(name)
      return Reflect.get(sample, name)
    },
  })
  try {
    const evaluations = new FeatureFlagEvaluations(init)
    const read = {
      getFlag: evaluations.getFlag('sample'),
      getFlagPayload: evaluations.getFlagPayload('sample'),
      isEnabled: evaluations.isEnabled('sample'),
      keys: [...evaluations.keys],
      unresolvedFlags: { ...evaluations.unresolvedFlags },
    }
    const ignored = Object.keys(SAMPLE).filter((name) => !taken.has(name))
    if (ignored.length > 0) {
      return [`FeatureFlagEvaluations takes no ${ignored.join(', ')}`]
    }
    return Object.entries(EXPECTED)
      .filter(([name, expected]) => !isDeepStrictEqual(Reflect.get(read, name), expected))
      .map(([name]) => `${name} of FeatureFlagEvaluations does not give what it was made with`)
  } catch (error) {
    return [`FeatureFlagEvaluations cannot be used as expected (${describeError(error)})`]
  }
}

module.exports = {
  CALL_METHODS,
  CLIENT_FIELDS,
  CLIENT_METHODS,
  CLIENT_VALUES,
  POLLER_MEMBERS,
  REQUEST_METHODS,
  findClassProblems,
  findClientProblems,
  findRequestProblems,
}
