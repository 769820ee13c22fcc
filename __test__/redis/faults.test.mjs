import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { FAULTS } from './support/faults.mjs'
import { Fleet } from './support/fleet.mjs'
import { skip } from './support/redis-server.mjs'

describe('four processes that share definitions, whatever PostHog answers', () => {
  /** @type {Fleet} */
  let fleet
  let version = 'first'

  before(async () => {
    if (skip) return
    fleet = await Fleet.create()
    await fleet.add(4)
  })

  after(() => fleet?.close())

  for (const [name, fault] of Object.entries(FAULTS)) {
    it(`keep their definitions during ${name}, and agree on new ones soon after`, { skip }, async () => {
      const earlier = await fleet.reports()
      fleet.server.setFault(fault)
      const next = `after-${name.replaceAll(/\W+/g, '-')}`
      fleet.publish(next)
      await fleet.nextFetchers(2)
      const during = await fleet.reports()
      assert.deepEqual([...new Set(fleet.members.map((member) => member.version))], [version])

      fleet.server.setFault(undefined)
      await fleet.converges(next)
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
    })
  }
})
