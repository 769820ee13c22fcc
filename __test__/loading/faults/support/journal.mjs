// What one client may answer from: what was delivered to it, in order.

/**
 * Keeps the book of one client. An exchange is one question of the client's to the server or to its provider; it asks one
 * at a time. What is delivered to an exchange, whole, may be held from then on, unless the client has begun another by
 * then: an answer that comes late must have no effect.
 *
 * Of what is delivered, a later thing is never given up for an earlier one.
 */
export class Journal {
  constructor() {
    this._exchange = 0
    /** @type {(number | undefined)[]} what is held, then what may be held next; nothing where definitions were cleared */
    this._deliveries = [undefined]
  }

  /** What was seen last. */
  get held() {
    return this._deliveries[0]
  }

  /** @returns {number} the exchange that begins; all that came before are over */
  begin() {
    return ++this._exchange
  }

  /**
   * @param {number} exchange
   * @param {number | undefined} version nothing where the server said that the quota is used up
   */
  deliver(exchange, version) {
    if (exchange === this._exchange) {
      this._deliveries.push(version)
    }
  }

  /**
   * The client answers from this version; hands back why it must not.
   *
   * @param {number | undefined} version
   * @returns {string | undefined}
   */
  observe(version) {
    const place = this._deliveries.indexOf(version)
    if (place === -1) {
      const [held, ...next] = this._deliveries.map(nameOf)
      return `it answers from ${nameOf(version)}, but held ${held} and was given ${next.join(', ') || 'nothing'} since`
    }
    this._deliveries.splice(0, place)
    return undefined
  }
}

/** @param {number | undefined} version */
function nameOf(version) {
  return version === undefined ? 'nothing' : `v${version}`
}
