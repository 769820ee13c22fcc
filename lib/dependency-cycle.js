'use strict'

/**
 * Whether flags of a document depend on each other in a circle, by way of cohorts too. Does not recurse, for a chain may be
 * long, and takes anything for a document.
 *
 * @param {{ flags: any[], cohorts?: any }} document
 */
function hasCycle({ flags, cohorts }) {
  /** @type {Map<string, any>} */
  const definitions = new Map(flags.map((flag) => [`flag ${textOf(flag?.key)}`, flag?.filters]))
  for (const [id, cohort] of Object.entries(cohorts ?? {})) {
    definitions.set(`cohort ${id}`, cohort)
  }
  /** @type {Set<string>} */
  const done = new Set()
  for (const start of definitions.keys()) {
    // The way here, each with what it still leads to.
    const path = [{ name: start, successors: successorsOf(definitions.get(start)) }]
    const onPath = new Set([start])
    while (path.length > 0 && !done.has(start)) {
      const { name, successors } = path[path.length - 1]
      const next = successors.pop()
      if (next === undefined) {
        done.add(name)
        onPath.delete(name)
        path.pop()
      } else if (onPath.has(next)) {
        return true
      } else if (definitions.has(next) && !done.has(next)) {
        path.push({ name: next, successors: successorsOf(definitions.get(next)) })
        onPath.add(next)
      }
    }
  }
  return false
}

/**
 * The flags and cohorts that a definition mentions.
 *
 * @param {any} definition
 * @returns {string[]}
 */
function successorsOf(definition) {
  const successors = []
  const rest = [definition]
  while (rest.length > 0) {
    const node = rest.pop()
    if (typeof node !== 'object' || node === null) {
      continue
    }
    if (node.type === 'flag' && Array.isArray(node.dependency_chain)) {
      for (const key of node.dependency_chain) {
        successors.push(`flag ${textOf(key)}`)
      }
    } else if (node.type === 'cohort') {
      successors.push(`cohort ${textOf(node.value)}`)
    }
    for (const child of Object.values(node)) {
      rest.push(child)
    }
  }
  return successors
}

/** @param {unknown} value */
function textOf(value) {
  try {
    return String(value)
  } catch {
    return ''
  }
}

module.exports = { hasCycle }
