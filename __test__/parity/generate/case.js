'use strict'

const { Random } = require('../support/random.js')
const { randomDocument, brokenDocument } = require('./documents.js')
const { randomCall } = require('./calls.js')
const { operatorCase } = require('./operator-case.js')
const { featureCase } = require('./feature-case.js')
const { projectCase } = require('./project-case.js')
const { js } = require('../support/spec.js')

const CALLS_PER_DOCUMENT = 6
/** Which part of the documents of anything at all cannot be used, or comes from the server rather than from a cache. */
const BROKEN = 0.04
const FROM_NETWORK = 0.2

/** The kinds of cases, in turn. A document of anything at all has fewer flags than the others, so there are more. */
const KINDS = ['documents', 'operators', 'documents', 'features', 'documents', 'projects', 'documents', 'documents']

/** Anything a definitions document may hold, and anything a caller may pass. */
function documentCase(random) {
  const document = randomDocument(random)
  return {
    kind: 'documents',
    definitions: random.chance(BROKEN) ? brokenDocument(random, document.definitions) : document.definitions,
    source: random.chance(FROM_NETWORK) ? 'network' : 'cache',
    evaluationContexts: random.oneOf(
      [3, () => js('undefined')],
      [1, () => []],
      [3, () => random.sample(['web', 'api', 'worker'], 1 + random.int(2))]
    ),
    now: document.now,
    calls: random.list(CALLS_PER_DOCUMENT, () => randomCall(random, document)),
  }
}

/**
 * The case number `index` of `seed`: always the same one. Besides what is compared (see `support/compare.js`), a case
 * has the `kind` of its generator, and may name what it is about: `subjects` by flag key, and for each call the `types`
 * of the values that the flags' filters meet.
 */
function randomCase(seed, index) {
  const random = new Random(seed, index)
  switch (KINDS[index % KINDS.length]) {
    case 'operators':
      return operatorCase(random, Math.floor(index / KINDS.length))
    case 'features':
      return featureCase(random)
    case 'projects':
      return projectCase(random)
    default:
      return documentCase(random)
  }
}

module.exports = { randomCase }
