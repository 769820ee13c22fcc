// What is planted to see whether it is noticed.
import { definitionsOf, versionOfDocument } from './versions.mjs'

/** The steps before it: there must be something to go wrong with. */
const SOUND_STEPS = 4

/** @type {Record<string, (version: number) => object>} in place of a version that the cache holds */
const DOCUMENTS = {
  'a mixture of two versions': (version) =>
    mixture(version, (flags, others) => [...flags.slice(0, 5), others[5], ...flags.slice(6)]),
  'a cohort of another version': (version) => ({
    ...definitionsOf(version),
    cohorts: definitionsOf(version - 1).cohorts,
  }),
  'a flag too few': (version) => mixture(version, (flags) => flags.slice(0, -1)),
  'a version that was overwritten': (version) => definitionsOf(version - 3),
  'a version that was never sent': (version) => definitionsOf(version + 1000),
}

/** @type {Record<string, (world: any) => void>} */
const ACTS = {
  'definitions that are lost': (world) => world._clients[0].watched.client.featureFlagsPoller._held._replace(undefined),
  'an older version from the server': (world) => {
    const older = world._version - 3
    world._server.setDefinitions(definitionsOf(older), { etag: '"planted"' })
  },
  // As the book has it, the client gives each answer up before it comes; yet it uses it.
  'an answer that is used too late'(world) {
    const { journal } = world._clients[0].watched
    journal.deliver = () => {}
    world._publish()
  },
}

export const PLANTS = { provider: Object.keys(DOCUMENTS), world: Object.keys(ACTS) }

/**
 * @param {string | undefined} plant
 * @param {import('./watched-provider.mjs').WatchedProvider | undefined} provider
 */
export function plantInProvider(plant, provider) {
  const replace = DOCUMENTS[plant ?? '']
  if (replace === undefined || provider === undefined) return
  provider.plant = (document) => {
    const version = versionOfDocument(document)
    return version === undefined || version < SOUND_STEPS ? document : replace(version)
  }
}

/**
 * @param {string | undefined} plant
 * @param {any} world
 * @param {number} step
 */
export function plantInWorld(plant, world, step) {
  if (step >= SOUND_STEPS) ACTS[plant ?? '']?.(world)
}

/**
 * @param {number} version
 * @param {(flags: object[], others: object[]) => object[]} mix
 */
function mixture(version, mix) {
  const document = definitionsOf(version)
  return { ...document, flags: mix(document.flags, definitionsOf(version - 1).flags) }
}
