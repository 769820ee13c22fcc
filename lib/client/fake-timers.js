'use strict'

/** The timers that posthog-node polls by. */
const TIMERS = /** @type {const} */ (['setTimeout', 'setInterval'])

/**
 * Whether a test runs the timers of the process by hand: those of `@sinonjs/fake-timers`, which are also jest's, vitest's and
 * sinon's, of jest's older kind, or of `node:test`. Those that are merely wrapped, as by tracing, are not fake.
 */
function areTimersFake() {
  return TIMERS.some((name) => isFake(/** @type {any} */ (globalThis[name])))
}

/** @param {any} timer */
function isFake(timer) {
  if (typeof timer !== 'function') {
    return false
  }
  // `node:test` binds private methods, whose names nothing else has.
  return Object.hasOwn(timer, 'clock') || timer._isMockFunction === true || /^bound #/.test(timer.name)
}

module.exports = { areTimersFake }
