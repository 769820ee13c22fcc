// The clock of this process as JavaScript sees it, to be set.

const RealDate = Date
let offset = 0

class SetDate extends RealDate {
  /** @param {any[]} args */
  constructor(...args) {
    super(...(args.length === 0 ? [SetDate.now()] : args))
  }

  static now() {
    return RealDate.now() + offset
  }
}

/** @param {number} milliseconds by which the clock is wrong from now on */
export function setClock(milliseconds) {
  offset = milliseconds
  globalThis.Date = /** @type {DateConstructor} */ (milliseconds === 0 ? RealDate : SetDate)
}
