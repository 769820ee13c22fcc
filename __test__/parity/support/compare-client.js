'use strict'

// Runs public API calls through two clients and compares everything a caller or the network can see of them.

const { build, toJson } = require('./spec.js')
const { providerOf, fakeFetch } = require('./provider.js')
const { announcements, settle } = require('./compare.js')
const { isEqual } = require('./equal.js')
const { stopClockAt, restartClock } = require('./clock.js')

/** A client of class `Client` over one document, with its errors, events and remote requests in hand. */
async function openObserved(Client, documentText, { remoteFlags, ...options }) {
  const network = fakeFetch(remoteFlags)
  const events = []
  const client = new Client('phc_parity', {
    host: 'http://127.0.0.1:9',
    flagDefinitionCacheProvider: providerOf(documentText),
    featureFlagsPollingInterval: null,
    featureFlagsRequestMaxRetries: 0,
    disableCompression: true,
    fetch: network.fetch,
    before_send: (event) => {
      events.push(event)
      return null
    },
    ...options,
  })
  const errors = []
  client.on('error', (error) => errors.push(error.message))
  await client.reloadFeatureFlags()
  errors.length = 0
  return { client, errors, events, network }
}

/** A snapshot of flags as plain data. Read in sorted order, for posthog-node's own order is that of its thread pool. */
function readSnapshot(flags) {
  const keys = [...flags.keys].sort()
  const read = (get) => Object.fromEntries(keys.map((key) => [key, get(key)]))
  return {
    keys,
    unresolvedFlags: { ...flags.unresolvedFlags },
    values: read((key) => flags.getFlag(key)),
    enabled: read((key) => flags.isEnabled(key)),
    payloads: read((key) => flags.getFlagPayload(key)),
  }
}

function invoke(client, { method, key, matchValue, distinctId, options }) {
  switch (method) {
    case 'getAllFlags':
    case 'getAllFlagsAndPayloads':
      return client[method](distinctId, options)
    case 'evaluateFlags':
      return client.evaluateFlags(distinctId, options).then(readSnapshot)
    case 'getFeatureFlagPayload':
      return client.getFeatureFlagPayload(key, distinctId, matchValue, options)
    default:
      return client[method](key, distinctId, options)
  }
}

function comparableEvent({ event, distinctId, properties, groups }) {
  const rest = { ...properties }
  // The time of the call, the clock's and not the evaluation's.
  delete rest.$feature_flag_evaluated_at
  // Without a distinct id the client makes one up for the event.
  const person = rest.$process_person_profile === false ? 'made up' : distinctId
  return { event, distinctId: person, properties: rest, groups }
}

function comparableRequest({ url, body }) {
  const sent = typeof body === 'string' ? JSON.parse(body) : { body }
  delete sent.timestamp
  return { url, body: sent }
}

/** What one call did. */
async function observe(opened, call, { distinctId, options }) {
  const outcome = await settle(() => invoke(opened.client, { ...call, distinctId, options }))
  // The client captures flag events without awaiting them.
  await new Promise(setImmediate)
  return {
    outcome,
    errors: opened.errors.splice(0),
    events: opened.events.splice(0).map(comparableEvent),
    requests: opened.network.takeFlagRequests().map(comparableRequest),
  }
}

/** How `settle` names what was thrown when it is no Error. */
const PRIMITIVES = new Set(['number', 'string', 'undefined', 'boolean', 'symbol', 'bigint'])

/**
 * posthog-node rejects a call about one flag whose definition makes it crash, or whose caller's value throws. Ours goes
 * on as for any flag it cannot decide, and where an Error was thrown says so in an `error` event.
 */
function isReportedCrash(expected, actual, key) {
  const prefix = `Error computing flag locally: ${key}: `
  const thrown = expected.outcome.rejected
  return thrown !== undefined && (PRIMITIVES.has(thrown) || actual.errors.some((message) => message.startsWith(prefix)))
}

/** @returns the first part of the two observations that differs, or undefined */
function differenceBetween(expected, actual, flags) {
  for (const part of ['outcome', 'requests', 'events']) {
    if (!isEqual(expected[part], actual[part])) {
      return { part, expected: expected[part], actual: actual[part] }
    }
  }
  if (!isEqual(announcements(expected.errors, flags), announcements(actual.errors, flags))) {
    return { part: 'errors', expected: expected.errors, actual: actual.errors }
  }
  return undefined
}

/**
 * @param {object} testCase `{ definitions, now, clientOptions, calls }`, each call from generate/api-calls.js
 * @param {[Function, Function]} classes posthog-node's PostHog and ours
 */
async function compareClients(testCase, classes) {
  const documentText = toJson(testCase.definitions)
  const open = () =>
    Promise.all(classes.map((Client) => openObserved(Client, documentText, build(testCase.clientOptions))))
  const close = () => Promise.all(opened.map(({ client }) => client.shutdown()))
  stopClockAt(testCase.now)
  let opened = []
  try {
    opened = await open()
    for (const call of testCase.calls) {
      const [theirs, ours] = opened
      // Built once: two symbols or class instances made apart would never be equal in an event.
      const { distinctId, ...properties } = build(call.context)
      const passed = { distinctId, options: { ...properties, ...build(call.options) } }
      const expected = await observe(theirs, call, passed)
      const actual = await observe(ours, call, passed)
      if (isReportedCrash(expected, actual, call.key)) {
        // Ours may have asked the server meanwhile and learned something, so both begin anew.
        await close()
        opened = await open()
        continue
      }
      const difference = differenceBetween(expected, actual, theirs.client.featureFlagsPoller.featureFlags)
      if (difference) {
        return { ...difference, call }
      }
    }
    return undefined
  } finally {
    await close()
    restartClock()
  }
}

module.exports = { compareClients, openObserved }
