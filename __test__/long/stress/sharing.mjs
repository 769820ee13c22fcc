// Four processes over a real Redis while everything that can go wrong does, again and again; each at least once, even if that
// takes longer, or as many of them as `--events` says.
import { FAULTS } from '../../sharing/redis/support/faults.mjs'
import { Fleet, SCHEDULING_MS, senderOf } from '../../sharing/redis/support/fleet.mjs'
import { OneFetcher } from '../../sharing/redis/support/one-fetcher.mjs'

/** @type {import('./main.mjs').Scenario['options']} */
export const options = {
  seconds: { type: 'string', default: '60' },
  interval: { type: 'string', default: '1000' },
  events: { type: 'string' },
}

/** @type {import('./main.mjs').Scenario['run']} */
export async function run({ seconds, interval, events }) {
  const intervalMs = Number(interval)
  const most = Number(events ?? Infinity)
  const end = performance.now() + Number(seconds) * 1000
  const fleet = await Fleet.create({
    intervalMs,
    lockTtlMs: 2 * intervalMs,
    requestTimeoutMs: intervalMs / 2,
    providerTimeoutMs: intervalMs / 2,
  })
  // Long enough that two that fetch at a time are seen to.
  fleet.server.setDelay(intervalMs / 5)
  const oneFetcher = new OneFetcher(fleet)
  /** @type {import('../../sharing/redis/support/member.mjs').MemberReport[]} of processes that are gone */
  const past = []
  const rows = []
  /** @type {string[]} */
  const complaints = []
  let versions = 0

  /** New definitions reach all; hands back how long that took. */
  const converge = async (options) => {
    versions += 1
    const version = `version-${versions}`
    fleet.publish(version)
    const before = performance.now()
    await fleet.converges(version, options)
    return Math.round(performance.now() - before)
  }

  /** While Redis is there, the requests of a while come from one process. */
  const expectOneFetcher = async (what) => {
    const fetchers = await fleet.nextFetchers(3)
    if (fetchers.size !== 1) {
      complaints.push(`after ${what}: ${[...fetchers].join(' and ')} fetched`)
    }
  }

  const EVENTS = {
    async 'leader killed'() {
      const { leader } = fleet
      past.push(await leader.report())
      await leader.kill()
      const replaced = fleet.add(1)
      const took = await converge()
      await replaced
      return took
    },
    async 'leader shut down'() {
      const { leader } = fleet
      past.push(await leader.report())
      const { code } = await leader.stop()
      if (code !== 0) complaints.push(`a process that was shut down ended with ${code}`)
      await fleet.add(1)
      return converge()
    },
    async 'Redis stopped and started'() {
      await oneFetcher.excuse(async () => {
        await fleet.redis.stop()
        await converge()
        await fleet.redis.start()
      })
      await fleet.nextFetchers(4)
      return converge()
    },
    async 'Redis hung and went on'() {
      await oneFetcher.excuse(async () => {
        fleet.redis.hang()
        // Each has given up a call of its own, and asks.
        await fleet.nextFetchers(8)
        await converge()
        fleet.redis.resume()
      })
      await fleet.nextFetchers(4)
      return converge()
    },
    ...Object.fromEntries(
      Object.entries(FAULTS).map(([name, fault]) => [
        name,
        async () => {
          fleet.server.setFault(fault)
          await fleet.nextFetchers(2)
          fleet.server.setFault(undefined)
          const took = await converge({ askedWithinMs: 8 * intervalMs })
          // After a refusal the server is left alone for longer.
          const isRefusal = fault.status === 401 || fault.status === 429
          if (!isRefusal && took > 2 * intervalMs + SCHEDULING_MS) complaints.push(`${took} ms to agree after ${name}`)
          return took
        },
      ])
    ),
  }

  try {
    await fleet.add(1)
    await fleet.add(3)
    await expectOneFetcher('the start')
    for (const [name, event] of repeated(Object.entries(EVENTS))) {
      if (rows.length >= most) break
      if (performance.now() > end && rows.length >= Object.keys(EVENTS).length) break
      const requestsBefore = fleet.server.definitionRequests.length
      const took = await event()
      await expectOneFetcher(name)
      const requests = fleet.server.definitionRequests.slice(requestsBefore).map(senderOf)
      rows.push({
        event: name,
        'all agree after (ms)': took,
        requests: requests.length,
        by: [...new Set(requests)].join(' '),
      })
    }
    past.push(...(await fleet.reports()))
    for (const member of fleet.running) {
      const { code, signal } = await member.stop()
      if (code !== 0) complaints.push(`${member.name} ended with ${code ?? signal} after shutdown`)
    }
  } catch (error) {
    complaints.push(error.message)
    past.push(...(await fleet.reports()))
  } finally {
    await fleet.close()
  }

  const sum = (field) => past.reduce((total, report) => total + report[field], 0)
  complaints.push(...oneFetcher.overlaps())
  if (sum('failures') > 0) complaints.push(`${sum('failures')} evaluations failed`)
  const requests = fleet.server.definitionRequests.length
  return {
    passed: complaints.length === 0,
    findings: { rows, complaints, processes: past.length, versions, requests },
    print() {
      console.table(rows)
      console.log(`${past.length} processes, ${versions} versions, ${requests} requests`)
      console.log(
        `${sum('evaluations')} evaluations, ${sum('failures')} failed; ${sum('duringQuota')} while the quota was used up`
      )
      complaints.forEach((complaint) => console.log(complaint))
    },
  }
}

/**
 * @template T
 * @param {T[]} items
 */
function* repeated(items) {
  for (;;) yield* items
}
