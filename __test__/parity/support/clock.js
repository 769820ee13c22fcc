'use strict'

// Relative dates read the clock. Both sides must read the same instant, so the bulk run stops it: `new Date()` and
// `Date.now()` answer a chosen time, everything else is the real Date.

const RealDate = Date
let stoppedAt = 0

class StoppedDate extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) {
      super(stoppedAt)
    } else {
      super(...parts)
    }
  }

  static now() {
    return stoppedAt
  }
}

/** Stops the clock of this process at `time` (epoch milliseconds) until {@link restartClock}. */
function stopClockAt(time) {
  stoppedAt = time
  globalThis.Date = StoppedDate
}

function restartClock() {
  globalThis.Date = RealDate
}

module.exports = { stopClockAt, restartClock }
