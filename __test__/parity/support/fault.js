'use strict'

// A contender with a known fault: posthog-node itself, fed a document in which one operator is replaced by another.
// It proves that the random run notices a single wrong operator and shrinks it; it is never compared for parity.

const oracle = require('./posthog-node.js')

function withFault(from, to) {
  return {
    name: `posthog-node reading ${from} as ${to}`,
    documentText: (text) => text,
    open: (documentText, evaluationContexts) =>
      oracle.open(documentText.replaceAll(`"operator":"${from}"`, `"operator":"${to}"`), evaluationContexts),
  }
}

module.exports = { withFault }
