'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { EvaluationSteps } = require('../../lib/client/evaluation-steps')
const { Snapshot } = require('../../lib/evaluation/snapshot')
const { NATIVE, STOCK, flag } = require('../support/observe')
const { openPair, openWorld } = require('./support/world')

const ON = { groups: [{ properties: [], rollout_percentage: 100 }] }
const LOCALLY = { onlyEvaluateLocally: true }

/** @param {any} evaluations @param {string[]} keys */
const readAll = (evaluations, keys) => ({
  values: keys.map((key) => evaluations.getFlag(key)),
  payloads: keys.map((key) => evaluations.getFlagPayload(key)),
  unresolved: { ...evaluations.unresolvedFlags },
})

test('each method that posthog-node evaluates by counts: with another in its place, that one has to run', () => {
  const method = () => () => {}
  const base = { evaluateFlags: method(), personPropertiesForLocalEvaluation: method() }
  const own = {
    personPropertiesForLocalEvaluation: method(),
    _resolveDistinctId: method(),
    addLocalPersonAndGroupProperties: method(),
    createFeatureFlagEvaluationContext: method(),
  }
  const clientWith = (/** @type {object} */ changes = {}) => ({
    ...own,
    ...changes,
  })
  const steps = new EvaluationSteps(own, base)
  assert.equal(steps.areThoseOf(clientWith()), true)
  for (const name of Object.keys(own)) {
    assert.equal(steps.areThoseOf(clientWith({ [name]: method() })), false, name)
  }
  for (const name of /** @type {(keyof typeof base)[]} */ (Object.keys(base))) {
    const before = base[name]
    base[name] = method()
    assert.equal(steps.areThoseOf(clientWith()), false, name)
    assert.equal(steps.addsDistinctId, name === 'evaluateFlags')
    base[name] = before
  }
  assert.equal(steps.areThoseOf(clientWith()), true)
})

test("what is wholly local takes the short way, and all else posthog-node's own", async (t) => {
  const { server, open } = await openWorld(t, { flags: [flag('on')] })
  const all = t.mock.method(Snapshot.prototype, 'evaluateAll')
  const some = t.mock.method(Snapshot.prototype, 'evaluateSome')
  /** Whether the short way was taken. @param {any} client @param {any} [options] */
  const isShort = async (client, options, distinctId = 'kari') => {
    const before = all.mock.callCount() + some.mock.callCount()
    await client.evaluateFlags(distinctId, options)
    return all.mock.callCount() + some.mock.callCount() === before
  }
  const client = open(NATIVE)
  await client.reloadFeatureFlags()
  assert.equal(await isShort(client), true)
  assert.equal(await isShort(client, null), true)
  assert.equal(await isShort(client, LOCALLY), true)
  assert.equal(await isShort(client, { ...LOCALLY, flagKeys: undefined }), true)
  assert.equal(await isShort(client, { ...LOCALLY, flagKeys: ['on'] }), true)
  assert.equal(await isShort(client, { ...LOCALLY, flagKeys: new Set(['on']) }).catch(() => false), false)
  client.overrideFeatureFlags({ flags: { on: false } })
  assert.equal(await isShort(client, LOCALLY), false)
  client.overrideFeatureFlags({ flags: false, payloads: { on: 5 } })
  assert.equal(await isShort(client, LOCALLY), false)
  client.overrideFeatureFlags(false)
  assert.equal(await isShort(client, LOCALLY), true)

  // Where only the server can tell, it is asked, unless that is ruled out.
  server.setDefinitions({ flags: [flag('on'), flag('sticky', { ensure_experience_continuity: true })] })
  await client.reloadFeatureFlags()
  assert.equal(await isShort(client), false)
  assert.equal(await isShort(client, { onlyEvaluateLocally: false }), false)
  assert.equal(await isShort(client, LOCALLY), true)
  const strict = open(NATIVE, { strictLocalEvaluation: true })
  await strict.reloadFeatureFlags()
  assert.equal(await isShort(strict), true)
  assert.equal(await isShort(strict, { onlyEvaluateLocally: false }), false)

  server.setDefinitions({ flags: [flag('on'), { ...flag('x'), key: 5 }] })
  await client.reloadFeatureFlags()
  assert.equal(await isShort(client, LOCALLY), false)
})

test('without definitions, without a person or without a client in use, evaluations are those of posthog-node', async (t) => {
  const seen = []
  for (const PostHog of [STOCK, NATIVE]) {
    const { server, open } = await openWorld(t, { flags: [flag('on')] })
    server.setFault({ status: 500 })
    const client = open(PostHog)
    client.on('error', () => {})
    await client.reloadFeatureFlags()
    const without = readAll(await client.evaluateFlags('kari', LOCALLY), ['on'])
    server.setFault(undefined)
    await client.reloadFeatureFlags()
    const nobody = readAll(await client.evaluateFlags('', LOCALLY), ['on'])
    client.disabled = true
    seen.push({ without, nobody, disabled: readAll(await client.evaluateFlags('kari', LOCALLY), ['on']) })
  }
  assert.deepEqual(seen[1], seen[0])
})

test('overrides of payloads alone count', async (t) => {
  const flags = [flag('paid', { filters: { ...ON, payloads: { true: '{"seats":5}' } } }), flag('free')]
  const read = async (/** @type {any} */ client) =>
    readAll(await client.evaluateFlags('kari', LOCALLY), ['paid', 'free'])
  const seen = await Promise.all(
    (await openPair(t, { flags })).map(async (client) => {
      const before = await read(client)
      client.overrideFeatureFlags({ payloads: { paid: { seats: 'overridden' } } })
      const payloadsAlone = await read(client)
      client.overrideFeatureFlags({ payloads: false, flags: { free: 'overridden' } })
      const flagsAlone = await read(client)
      client.overrideFeatureFlags(false)
      return { before, payloadsAlone, flagsAlone, after: await read(client) }
    })
  )
  assert.deepEqual(seen[0].payloadsAlone.payloads[0], { seats: 'overridden' })
  assert.deepEqual(seen[1], seen[0])
})

for (const overrides of [{ payloads: { paid: 'overridden' } }, { flags: { paid: 'overridden' } }]) {
  test(`overrides of ${Object.keys(overrides)} alone count that are set while a person is read`, async (t) => {
    const flags = [flag('paid', { filters: { ...ON, payloads: { true: '1' } } })]
    const seen = await Promise.all(
      (await openPair(t, { flags })).map(async (client) => {
        const personProperties = {
          get plan() {
            client.overrideFeatureFlags(overrides)
            return 'pro'
          },
        }
        return readAll(await client.evaluateFlags('kari', { ...LOCALLY, personProperties }), ['paid'])
      })
    )
    assert.deepEqual(seen[1], seen[0])
  })
}

test('what a listener evaluates when it is told of an error changes no reason of the evaluation it was told by', async (t) => {
  const filter = (/** @type {string} */ key) => ({
    groups: [{ properties: [{ key, value: 'x', operator: 'exact', type: 'person' }], rollout_percentage: 100 }],
  })
  const definitions = {
    flags: [
      flag('bad', { filters: { groups: 5 } }),
      flag('worse', { filters: { groups: 6 } }),
      ...Array.from({ length: 5 }, (_, number) => flag(`by plan ${number}`, { filters: filter('plan') })),
      flag('sticky', { ensure_experience_continuity: true }),
    ],
  }
  const keys = definitions.flags.map(({ key }) => key)
  const [, ours] = await openPair(t, definitions)
  const outer = async () => readAll(await ours.evaluateFlags('kari', LOCALLY), keys)
  const expected = await outer()
  assert.deepEqual(Object.keys(expected.unresolved).slice(-6), keys.slice(2))
  let told = 0
  ours.on('error', () => {
    told += 1
    // Makes of the same flags something else, in the middle of the other evaluation.
    ours.localEvaluator.getAllFlags('ola', { personProperties: { plan: 'x' } })
    ours.localEvaluator.getAllFlags('per', { personProperties: { plan: 'y' } })
  })
  assert.deepEqual(await outer(), expected)
  assert.equal(told, 2)
  assert.deepEqual(await outer(), expected)
})

test('an evaluation says when its definitions were loaded, of whom it is and in which groups', async (t) => {
  const events = async (/** @type {any} */ PostHog) => {
    const { server, open } = await openWorld(t, { flags: [flag('on', { has_experiment: true })] })
    const client = open(PostHog)
    await client.reloadFeatureFlags()
    const evaluations = await client.evaluateFlags('kari', {
      ...LOCALLY,
      groups: { company: 'acme' },
      disableGeoip: false,
    })
    evaluations.isEnabled('on')
    await client.flush()
    const { properties, distinct_id: distinctId } = await server.event('$feature_flag_called')
    const loadedAt = properties.$feature_flag_definitions_loaded_at
    return {
      distinctId,
      names: Object.keys(properties).sort(),
      groups: properties.$groups,
      geoip: properties.$geoip_disable,
      locally: properties.locally_evaluated,
      isLoadedAtSet: typeof loadedAt === 'number' && loadedAt > 0,
    }
  }
  assert.deepEqual(await events(NATIVE), await events(STOCK))
})

test('capture with flags, and with only those that were read, sends what posthog-node sends', async (t) => {
  const flags = [
    flag('on'),
    flag('off', { active: false }),
    flag('layout', {
      filters: {
        ...ON,
        multivariate: { variants: [{ key: 'wide', rollout_percentage: 100 }] },
        payloads: { wide: '{"columns":[1,2]}' },
      },
    }),
    flag('sticky', { ensure_experience_continuity: true }),
  ]
  const sent = async (/** @type {any} */ PostHog) => {
    const { server, open } = await openWorld(t, { flags })
    const client = open(PostHog)
    await client.reloadFeatureFlags()
    const evaluations = await client.evaluateFlags('kari', LOCALLY)
    client.capture({ distinctId: 'kari', event: 'before any was read', flags: evaluations.onlyAccessed() })
    evaluations.isEnabled('on')
    evaluations.getFlag('layout')
    evaluations.getFlag('missing')
    // A payload counts as read or not as posthog-node has it.
    evaluations.getFlagPayload('off')
    client.capture({ distinctId: 'kari', event: 'all', flags: evaluations })
    // `only` is a method of posthog-node's evaluations: the event carries these two flags alone.
    client.capture({ distinctId: 'kari', event: 'some', flags: evaluations.only(['on', 'off']) })
    client.capture({ distinctId: 'kari', event: 'those read', flags: evaluations.onlyAccessed() })
    await client.captureImmediate({ distinctId: 'kari', event: 'at once', flags: evaluations.onlyAccessed() })
    await client.flush()
    return server.events
      .map(({ event, distinct_id: distinctId, properties }) => ({ event, distinctId, properties: stable(properties) }))
      .sort((one, other) => `${one.event}${one.properties}`.localeCompare(`${other.event}${other.properties}`))
  }
  const [theirs, ours] = [await sent(STOCK), await sent(NATIVE)]
  assert.deepEqual(
    theirs.filter(({ event }) => !event.startsWith('$')).map(({ event }) => event),
    ['all', 'at once', 'before any was read', 'some', 'those read']
  )
  assert.ok(theirs.some(({ event, properties }) => event === 'all' && properties.includes('"$feature/layout":"wide"')))
  assert.ok(theirs.some(({ event }) => event === '$feature_flag_called'))
  assert.deepEqual(ours, theirs)
})

/**
 * The properties of an event without what differs from one second to the next, in one order.
 *
 * @param {Record<string, unknown>} properties
 */
function stable(properties) {
  const kept = Object.entries(properties).filter(([name]) => !/_at$|_id$|^\$lib/.test(name))
  return JSON.stringify(Object.fromEntries(kept.sort(([one], [other]) => (one < other ? -1 : 1))))
}
