// The definitions of an endurance run: the example project, and flags that differ from version to version.
import { readFileSync } from 'node:fs'

const project = JSON.parse(
  readFileSync(new URL('../../../../examples/project-definitions.json', import.meta.url), 'utf8')
)
const CHANGING = 40

/**
 * The JSON of one version. All versions are of a size, but each has keys and payloads that no other has, so that anything
 * kept by key, or by text, would show.
 *
 * @param {number} version
 */
export function definitionsOf(version) {
  const number = String(version).padStart(8, '0')
  const changing = Array.from({ length: CHANGING }, (_, index) => ({
    id: 10_000 + index,
    key: `release-${number}-${index}`,
    active: true,
    filters: {
      groups: [{ properties: [{ key: 'plan', type: 'person', value: `plan-${number}`, operator: 'is_not' }] }],
      payloads: { true: JSON.stringify({ version: number, index }) },
    },
  }))
  return JSON.stringify({ ...project, flags: [...project.flags, ...changing] })
}
