'use strict'

// Contenders with a known fault: posthog-node itself, fed a document that is changed in one respect. They prove that
// the random run notices a single mistake and makes it small; they are never compared for parity.

const oracle = require('./posthog-node.js')

/** Mistakes by name: what is replaced in the document's text. */
const FAULTS = {
  'no early exit': [/"early_exit":true/g, '"early_exit":false'],
  'no holdout': [/"holdout":/g, '"held_out":'],
  'no negation': [/"negation":true/g, '"negation":false'],
  'no membership negated': [/"operator":"not_in"/g, '"operator":"in"'],
  'no bucketing by device': [/"bucketing_identifier":"device_id"/g, '"bucketing_identifier":"distinct_id"'],
  'no override of variants': [/"variant":/g, '"variety":'],
  'no matching by version 2': [/"property_matching_version":2/g, '"property_matching_version":1'],
  'no group type in conditions': [/"aggregation_group_type_index":0/g, '"aggregation_group_type_index":1'],
  'no experience continuity': [/"ensure_experience_continuity":true/g, '"ensure_experience_continuity":false'],
  'no expectation of false': [
    /"operator":"flag_evaluates_to","value":false/g,
    '"operator":"flag_evaluates_to","value":true',
  ],
  'OR as AND': [/"type":"OR"/g, '"type":"AND"'],
}

/** @param {string} fault a name of `FAULTS`, or two operators, `gt:gte`, of which the first is read as the second */
function withFault(fault) {
  const [from, to] = fault.split(':')
  const [pattern, replacement] = FAULTS[fault] ?? [`"operator":"${from}"`, `"operator":"${to}"`]
  return {
    name: `posthog-node with a fault (${fault})`,
    documentText: (text) => text,
    open: (documentText, evaluationContexts, source) =>
      oracle.open(documentText.replaceAll(pattern, replacement), evaluationContexts, source),
  }
}

module.exports = { withFault, FAULTS }
