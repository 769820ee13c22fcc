'use strict'

/** Counts what the oracle answered, so that a run can show it covered every kind of answer and not only `false`. */
class Tally {
  constructor() {
    this.counts = {}
  }

  add(name, count = 1) {
    this.counts[name] = (this.counts[name] ?? 0) + count
  }

  /** @param {{ answer?: { response: object, payloads: object, unresolved: object, fallbackToFlags: boolean } }} settled */
  addAnswer(settled, errors) {
    if (settled.answer === undefined) {
      return this.add('rejected')
    }
    const { response, payloads, unresolved, fallbackToFlags } = settled.answer
    for (const value of Object.values(response)) {
      if (typeof value === 'boolean') {
        this.add(String(value))
      } else {
        this.add(String(value).startsWith('holdout-') ? 'holdout' : 'variant')
      }
    }
    for (const reason of Object.values(unresolved)) {
      this.add(reason)
    }
    this.add('payload', Object.keys(payloads).length)
    this.add('error event', errors.length)
    this.add(fallbackToFlags ? 'remote fallback' : 'no fallback')
  }
}

module.exports = { Tally }
