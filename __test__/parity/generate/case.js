'use strict'

const { Random } = require('../support/random.js')
const { randomDocument } = require('./documents.js')
const { randomCall } = require('./calls.js')
const { js } = require('../support/spec.js')

const CALLS_PER_DOCUMENT = 6

/** The case number `index` of `seed`: always the same one. */
function randomCase(seed, index) {
  const random = new Random(seed, index)
  const document = randomDocument(random)
  return {
    definitions: document.definitions,
    evaluationContexts: random.oneOf(
      [3, () => js('undefined')],
      [1, () => []],
      [3, () => random.sample(['web', 'api', 'worker'], 1 + random.int(2))]
    ),
    now: document.now,
    calls: random.list(CALLS_PER_DOCUMENT, () => randomCall(random, document)),
  }
}

module.exports = { randomCase }
