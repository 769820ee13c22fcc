import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { FAULTS } from './support/faults.mjs'
import { Fleet } from './support/fleet.mjs'
import { skip } from './support/redis-server.mjs'

/**
 * A request that times out and the pause after it fit into an interval: then the bound is two intervals. A third would be
 * beyond the slack.
 */
const settings = { intervalMs: 600, requestTimeoutMs: 400, lockTtlMs: 2400 }

describe('four processes that share definitions, whatever PostHog answers', () => {
  /** @type {Fleet} */
  let fleet
  let version = 'first'

  before(async () => {
    if (skip) return
    fleet = await Fleet.create(settings)
    await fleet.add(4)
  })

  after(() => fleet?.close())

  for (const [name, fault] of Object.entries(FAULTS)) {
    it(
      `keep their definitions during ${name}, and agree on new ones ${isRefusal(fault) ? 'once it is asked again' : 'within two intervals after it'}`,
      { skip },
      async () => {
        const earlier = await fleet.reports()
        fleet.server.setFault(fault)
        const next = `after-${name.replaceAll(/\W+/g, '-')}`
        fleet.publish(next)
        await fleet.nextFetchers(2)
        const during = await fleet.reports()
        assert.deepEqual([...new Set(fleet.members.map((member) => member.version))], [version])

        fleet.server.setFault(undefined)
        await (isRefusal(fault) ? fleet.converges(next) : fleet.convergesAtOnce(next))
        version = next

        const later = await fleet.reports()
        assert.ok(during.every(({ evaluations }, index) => evaluations > earlier[index].evaluations))
        assert.deepEqual(
          later.map(({ failures }) => failures),
          [0, 0, 0, 0]
        )
        const cleared = later.filter(({ duringQuota }, index) => duringQuota > earlier[index].duringQuota)
        if (fault.status === 402) {
          assert.ok(cleared.length >= 1 && cleared.length <= 2, 'only those that asked are without flags')
        } else {
          assert.equal(cleared.length, 0)
        }
      }
    )
  }
})

/** After a refusal the server is left alone for longer and longer, as posthog-node does. */
function isRefusal({ status }) {
  return status === 401 || status === 429
}
