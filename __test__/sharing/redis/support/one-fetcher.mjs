// Whether processes that share a cache ask PostHog one at a time.
import { senderOf } from './fleet.mjs'

/**
 * Watches the requests of a fleet, apart from times in which there is no cache to agree over.
 */
export class OneFetcher {
  /** @param {import('./fleet.mjs').Fleet} fleet */
  constructor(fleet) {
    this._fleet = fleet
    /** @type {{ from: number, to: number }[]} */
    this._excused = []
  }

  /**
   * Each process may ask for itself while `action` runs, and until the decisions made meanwhile are carried out.
   *
   * @template T
   * @param {() => Promise<T>} action
   * @returns {Promise<T>}
   */
  async excuse(action) {
    const period = { from: performance.now(), to: Infinity }
    this._excused.push(period)
    const result = await action()
    const { intervalMs, providerTimeoutMs } = this._fleet.settings
    period.to = performance.now() + Math.max(intervalMs, providerTimeoutMs)
    return result
  }

  /** A line about each two requests of different processes that were open at the same time. */
  overlaps() {
    const requests = this._fleet.server.definitionRequests.filter(({ arrivedAt }) => !this._isExcused(arrivedAt))
    return requests.flatMap((request, index) => {
      const { endedAt = Infinity } = request
      return requests
        .slice(index + 1)
        .filter((other) => other.arrivedAt < endedAt && senderOf(other) !== senderOf(request))
        .map((other) => {
          const [one, two] = [request, other].map((each) => `${senderOf(each)} at ${Math.round(each.arrivedAt)} ms`)
          return `two processes fetched at the same time: ${one} and ${two}`
        })
    })
  }

  /** @param {number} time */
  _isExcused(time) {
    return this._excused.some(({ from, to }) => time >= from && time <= to)
  }
}
