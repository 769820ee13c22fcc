'use strict'

const assert = require('node:assert/strict')
const { after, before, describe, it } = require('node:test')
const { inspect, isDeepStrictEqual } = require('node:util')

const { FeatureFlagEvaluations } = require('posthog-node')
const { DefinitionsServer } = require('../support/definitions-server')
const { NATIVE, STOCK, flag } = require('../support/observe')

const on = { groups: [{ properties: [], rollout_percentage: 100 }] }
const variants = {
  ...on,
  multivariate: { variants: [{ key: 'wide', rollout_percentage: 100 }] },
  payloads: { wide: '{"columns":[1,{"gap":2}]}' },
}

const FLAGS = [
  flag('off', { active: false, has_experiment: false }),
  flag('off too', { active: false }),
  flag('__proto__', { active: false }),
  flag('toString', { filters: on }),
  flag('10', { filters: on }),
  flag('9', { filters: on, id: 'text' }),
  flag('paid', { filters: { ...on, payloads: { true: '{"limits":{"seats":[5]}}' } }, has_experiment: true }),
  flag('zero', { filters: { ...on, payloads: { true: '0' } } }),
  flag('sticky', { ensure_experience_continuity: true }),
  flag('layout', { filters: variants }),
]

/** More than the object literals of one function hold, and more than an object of a shape does. */
const SIZES = [0, 150, 1100]

/** @param {any} evaluations */
const cloned = (evaluations) => Object.assign(Object.create(Object.getPrototypeOf(evaluations)), evaluations)

/** @param {any} evaluations */
const ownParts = ({ _host, ...parts }) => parts

/**
 * Orders posthog-node's records as its definitions are: it has them in the order in which it was done with them.
 *
 * @param {any} evaluations
 * @param {string[]} keys
 */
function inStoredOrder(evaluations, keys) {
  const { _flags: flags } = evaluations
  const ordered = keys.filter((key) => Object.hasOwn(flags, key)).map((key) => [key, flags[key]])
  return Object.assign(evaluations, { _flags: Object.fromEntries(ordered) })
}

class Subclass extends FeatureFlagEvaluations {
  /** @param {any} evaluations */
  constructor({ _host, _distinctId, _flags }) {
    super({ host: _host, distinctId: _distinctId, flags: _flags })
  }
}

const OPTIONS = { onlyEvaluateLocally: true, groups: { company: 'acme' } }

const QUIET = { sendFeatureFlagEvents: false }

/** What a program can do with an evaluation. @type {Record<string, (evaluations: any) => unknown>} */
const USES = {
  'written as JSON': (e) => JSON.stringify(ownParts(e)),
  'written as JSON after some flags were read': (e) => [e.getFlag('paid', QUIET), JSON.stringify(ownParts(e))],
  printed: (e) => inspect(ownParts(e), { depth: 9 }),
  spread: (e) => ownParts(e),
  'copied to another thread': (e) =>
    structuredClone(e.only(e.keys.filter((/** @type {string} */ key) => key !== 'toString'))._flags),
  'taken apart': (e) => {
    const { _host, ...descriptors } = Object.getOwnPropertyDescriptors(e)
    return [Reflect.ownKeys(e), descriptors, Object.entries(Object.getOwnPropertyDescriptors(e._flags))]
  },
  'asked for its class': (e) => [
    e.constructor === FeatureFlagEvaluations,
    e.constructor.name,
    Object.getPrototypeOf(e) === FeatureFlagEvaluations.prototype,
    Object.prototype.toString.call(e),
    Object.getPrototypeOf(e._flags) === Object.prototype,
  ],
  'behind a proxy': (e) => [new Proxy(e, {}).keys, new Proxy(e, {}).getFlag('layout', QUIET)],
  'inherited from': (e) => [Object.create(e).keys, Object.create(e).isEnabled('paid', QUIET)],
  cloned: (e) => [cloned(e).keys, cloned(e).getFlagPayload('layout'), cloned(e).only(['paid']).keys],
  frozen: (e) => [Object.freeze(e).keys, e.getFlag('off', QUIET), Object.isFrozen(e)],
  sealed: (e) => [Object.seal(e).keys, e.getFlag('off', QUIET)],
  'frozen all through': (e) => {
    Object.values(Object.freeze(e._flags)).forEach(Object.freeze)
    return [Object.freeze(e).keys, e.only(['layout']).keys]
  },
  'narrowed by an iterator': (e) => e.only(['paid', 'layout', 'nobody'].values()).keys,
  'narrowed by a set': (e) => e.only(new Set(['10', 'paid', '10'])).keys,
  'narrowed by a generator': (e) => {
    const keys = function* () {
      yield* ['off', 'toString', '__proto__']
    }
    return e.only(keys()).keys
  },
  'narrowed to what was read': (e) => {
    e.getFlag('paid', QUIET)
    e.getFlagPayload('layout')
    e.isEnabled('nobody', QUIET)
    return [e.onlyAccessed().keys, ownParts(e.onlyAccessed())]
  },
  'made a subclass': (e) => [new Subclass(e).keys, new Subclass(e).getFlag('layout', QUIET)],
  'called with a receiver of its own': (e) =>
    FeatureFlagEvaluations.prototype.getFlag.call({ ...e, _recordAccess() {} }, 'layout', QUIET),
  'compared with an equal one that was not read': async (e, /** @type {any} */ again) => {
    const other = await again()
    e.getFlagPayload('paid')
    return [isDeepStrictEqual(e, other), isDeepStrictEqual(e._flags, other._flags)]
  },
  'compared with one whose records were changed': async (e, /** @type {any} */ again) => {
    e._flags.paid.payload.limits.seats[0] = 'changed'
    e._flags.off.enabled = 'changed'
    delete e._flags.layout
    return ownParts(await again())
  },
  'changed by whoever holds it': (e) => {
    e._flags.paid.enabled = false
    delete e._flags.zero
    e._flags.added = { ...e._flags.off, key: 'added', enabled: true }
    return [e.keys, e.getFlag('paid', QUIET), e.getFlag('added', QUIET), e._getEventProperties()]
  },
}

for (const size of SIZES) {
  describe(`an evaluation of ${FLAGS.length + size} flags`, () => {
    /** @type {any[]} */
    let clients
    /** @type {string[]} */
    let keys
    /** @type {DefinitionsServer} */
    let server
    before(async () => {
      server = await DefinitionsServer.start()
      const more = Array.from({ length: size }, (_, index) =>
        flag(`more-${index}`, { active: index % 2 === 0, filters: on })
      )
      const [active, inactive] = [more.filter((one) => one.active), more.filter((one) => !one.active)]
      const flags = [...inactive, ...FLAGS.slice(0, -1), ...active, ...FLAGS.slice(-1)]
      keys = flags.map(({ key }) => key)
      server.setDefinitions({ flags, cohorts: {} })
      clients = [STOCK, NATIVE].map(
        (PostHog) =>
          new PostHog('phc_project', {
            host: server.url,
            secretKey: 'phs_secret',
            featureFlagsPollingInterval: null,
            disableGeoip: true,
          })
      )
      for (const client of clients) {
        await client.waitForLocalEvaluationReady()
        client.featureFlagsPoller.getFlagDefinitionsLoadedAt = () => 1
      }
    })
    after(async () => {
      await Promise.all(clients.map((client) => client.shutdown()))
      await server.close()
    })

    for (const [what, use] of Object.entries(USES)) {
      it(`that is ${what} is as posthog-node's`, async () => {
        // Often enough that whatever is optimised after some calls is in use.
        for (let call = 0; call < (size > 1000 ? 3 : 150); call++) {
          const seen = []
          for (const client of call % 50 === 0 ? clients : clients.slice(1)) {
            const evaluate = async () => {
              const evaluations = await client.evaluateFlags('kari', OPTIONS)
              return client instanceof NATIVE ? evaluations : inStoredOrder(evaluations, keys)
            }
            seen.push(await /** @type {any} */ (use)(await evaluate(), evaluate))
          }
          if (seen.length === 2) {
            assert.deepEqual(seen[1], seen[0])
          }
        }
      })
    }

    it('that goes with an event tells what posthog-node tells', async () => {
      const seen = []
      for (const client of clients) {
        /** @type {any[]} */
        const sent = []
        client.enqueue = (/** @type {string} */ _type, /** @type {any} */ message) => sent.push(message)
        const flags = inStoredOrder(await client.evaluateFlags('kari', OPTIONS), keys)
        flags.getFlag('layout')
        flags.isEnabled('sticky')
        client.capture({ distinctId: 'kari', event: 'seen', flags })
        client.capture({ distinctId: 'kari', event: 'seen', flags: flags.only(['paid']) })
        await client.flush().catch(() => {})
        const comparable = (/** @type {any} */ message) => ({
          event: message.event,
          properties: Object.entries(message.properties).filter(([name]) => /feature/.test(name) && !/_at$/.test(name)),
        })
        seen.push(sent.map(comparable))
        delete client.enqueue
      }
      assert.ok(seen[0].length > 0)
      assert.deepEqual(seen[1], seen[0])
    })
  })
}
