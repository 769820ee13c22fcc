'use strict'

/**
 * Calls about one person, as `bench` and the benchmarks of this repository time them. Options are written as an object
 * literal, as callers write it: a spread in its place would cost every client several times what a flag does.
 *
 * @typedef {import('posthog-node').PostHog} Client
 * @typedef {import('posthog-node-native').LocalEvaluator} Evaluator
 * @typedef {import('../definitions/people.js').Person} Person
 */

/** @param {Client} client @param {string} key @param {Person} person */
function flagOf(client, key, { distinctId, personProperties, groups, groupProperties }) {
  return client.getFeatureFlag(key, distinctId, {
    personProperties,
    groups,
    groupProperties,
    onlyEvaluateLocally: true,
    sendFeatureFlagEvents: false,
  })
}

/** @param {Client} client @param {Person} person */
function allOf(client, { distinctId, personProperties, groups, groupProperties }) {
  return client.getAllFlagsAndPayloads(distinctId, {
    personProperties,
    groups,
    groupProperties,
    onlyEvaluateLocally: true,
  })
}

/** @param {Client} client @param {Person} person @param {string[]} [flagKeys] */
function evaluationsOf(client, { distinctId, personProperties, groups, groupProperties }, flagKeys) {
  return client.evaluateFlags(distinctId, {
    personProperties,
    groups,
    groupProperties,
    onlyEvaluateLocally: true,
    flagKeys,
  })
}

/** @param {Evaluator} evaluator @param {string} key @param {Person} person */
function flagByEvaluator(evaluator, key, { distinctId, personProperties, groups, groupProperties }) {
  return evaluator.getFeatureFlag(key, distinctId, { personProperties, groups, groupProperties })
}

/** @param {Evaluator} evaluator @param {Person} person */
function allByEvaluator(evaluator, { distinctId, personProperties, groups, groupProperties }) {
  return evaluator.getAllFlagsAndPayloads(distinctId, { personProperties, groups, groupProperties })
}

module.exports = { allByEvaluator, allOf, evaluationsOf, flagByEvaluator, flagOf }
