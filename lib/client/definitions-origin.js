'use strict'

/**
 * Where definitions come from.
 *
 * @typedef {'network' | 'cache' | 'file' | 'bootstrap'} DefinitionsSource
 *
 * Whether this client asks PostHog on behalf of those with whom it shares definitions.
 *
 * @typedef {'leader' | 'follower'} SharingRole
 */

/** Where the definitions that a client holds come from, and which part it has among those who share them. */
class DefinitionsOrigin {
  constructor() {
    /** @type {DefinitionsSource | undefined} nothing as long as there are no definitions */
    this.source = undefined
    /** @type {SharingRole | undefined} nothing if it shares with nobody, or does not know yet */
    this.role = undefined
    /** @type {number | undefined} when the definitions became these, in milliseconds since 1970 */
    this.changedAt = undefined
    /** @type {number | undefined} when they were last known to be PostHog's current ones */
    this.confirmedAt = undefined
  }

  /**
   * The definitions are new ones.
   *
   * @param {DefinitionsSource} source
   * @param {number} [confirmedAt] when they were current, if that is known not to be now
   */
  installed(source, confirmedAt = source === 'bootstrap' ? undefined : Date.now()) {
    this.source = source
    this.changedAt = Date.now()
    this.confirmedAt = confirmedAt
  }

  /** @param {number} [at] the definitions were current then */
  confirmed(at = Date.now()) {
    this.confirmedAt = at
  }

  /** There are no definitions any more, and that is what PostHog says. */
  emptied() {
    this.source = undefined
    this.changedAt = Date.now()
    this.confirmedAt = this.changedAt
  }
}

module.exports = { DefinitionsOrigin }
