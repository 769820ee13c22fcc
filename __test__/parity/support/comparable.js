'use strict'

// Which documents can be compared at all. posthog-node never returns from a reachable dependency cycle, and a few
// documented rows of docs/parity.md answer differently on purpose; the generator and the shrinker stay clear of both.

const OBJECT_PROTOTYPE_NAMES = new Set(Object.getOwnPropertyNames(Object.prototype))

function asKey(value) {
  try {
    return String(value)
  } catch {
    return undefined
  }
}

const isRecord = (value) => typeof value === 'object' && value !== null

/** Every property record below `node`, in order, wherever a condition or a cohort group may hold one. */
function* propertiesIn(node, depth = 0) {
  if (!isRecord(node) || depth > 40) {
    return
  }
  if (!Array.isArray(node) && (node.type === 'flag' || node.type === 'cohort')) {
    yield node
  }
  for (const child of Object.values(node)) {
    yield* propertiesIn(child, depth + 1)
  }
}

/** The graph "evaluating this may evaluate that", over `flag:KEY` and `cohort:ID`. Definitions that share a key merge. */
function dependencyGraph(document) {
  const edges = new Map()
  const add = (from, container) => {
    const targets = edges.get(from) ?? []
    for (const property of propertiesIn(container)) {
      if (property.type === 'cohort') {
        targets.push({ to: `cohort:${asKey(property.value)}`, property })
      } else if (Array.isArray(property.dependency_chain)) {
        for (const link of property.dependency_chain) {
          targets.push({ to: `flag:${asKey(link)}`, property, link })
        }
      }
    }
    edges.set(from, targets)
  }
  for (const flag of Array.isArray(document.flags) ? document.flags : []) {
    if (isRecord(flag)) {
      add(`flag:${asKey(flag.key)}`, flag.filters)
    }
  }
  if (isRecord(document.cohorts)) {
    for (const [id, group] of Object.entries(document.cohorts)) {
      add(`cohort:${id}`, group)
    }
  }
  return edges
}

/** The first edge that closes a cycle, or undefined. */
function findCycle(document) {
  const edges = dependencyGraph(document)
  const state = new Map()
  const visit = (node) => {
    state.set(node, 'open')
    for (const edge of edges.get(node) ?? []) {
      if (state.get(edge.to) === 'open') {
        return edge
      }
      if (!state.has(edge.to)) {
        const found = visit(edge.to)
        if (found) {
          return found
        }
      }
    }
    state.set(node, 'done')
    return undefined
  }
  for (const node of edges.keys()) {
    if (!state.has(node)) {
      const found = visit(node)
      if (found) {
        return found
      }
    }
  }
  return undefined
}

/** Removes edges, in place, until no cycle is left. */
function breakCycles(document) {
  for (let edge = findCycle(document); edge; edge = findCycle(document)) {
    const { property } = edge
    if (property.type === 'cohort') {
      property.value = 'no-such-cohort'
    } else {
      property.dependency_chain = property.dependency_chain.filter((link) => link !== edge.link)
    }
  }
}

function namesPrototype(value) {
  return OBJECT_PROTOTYPE_NAMES.has(asKey(value))
}

/** A `type: flag` property about a key outside its own chain reads what other flags happened to evaluate before it. */
function asksOutsideItsChain(document) {
  const links = new Set()
  const asked = []
  for (const property of propertiesIn(document)) {
    if (property.type !== 'flag' || !Array.isArray(property.dependency_chain)) {
      continue
    }
    const chain = property.dependency_chain.map(asKey)
    chain.forEach((link) => links.add(link))
    if (!chain.includes(asKey(property.key))) {
      asked.push(asKey(property.key))
    }
  }
  return asked.some((key) => links.has(key))
}

/**
 * A link of a chain that is no text, such as null, beside the same link as text. Where the flag is left out by the evaluation
 * contexts, only the text finds it, unless it was found by its text before in the same call.
 */
function linksByTextAndNot(document) {
  const texts = new Set()
  const others = []
  for (const { type, dependency_chain: chain } of propertiesIn(document)) {
    for (const link of type === 'flag' && Array.isArray(chain) ? chain : []) {
      if (typeof link === 'string') {
        texts.add(link)
      } else {
        others.push(asKey(link))
      }
    }
  }
  return others.some((link) => texts.has(link))
}

/** Whether posthog-node answers this document at all and no documented difference is in play. */
function isComparable(document) {
  if (!isRecord(document) || findCycle(document) || asksOutsideItsChain(document) || linksByTextAndNot(document)) {
    return false
  }
  for (const flag of Array.isArray(document.flags) ? document.flags : []) {
    if (flag === null || (isRecord(flag) && namesPrototype(flag.key))) {
      return false
    }
  }
  for (const property of propertiesIn(document)) {
    if (namesPrototype(property.type === 'cohort' ? property.value : property.key)) {
      return false
    }
    if (Array.isArray(property.dependency_chain) && property.dependency_chain.some(namesPrototype)) {
      return false
    }
  }
  return true
}

module.exports = { isComparable, breakCycles, findCycle }
