// One column of the table: everything with one package manager.
import { mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { CleanRoom } from './clean-room.mjs'

/**
 * @typedef {import('./rows.mjs').Row} Row
 * @typedef {{ passed: true } | { obstacle: string } | { failure: string }} Cell
 * @typedef {{ manager: import('./managers.mjs').Manager, cells: Cell[] }} Column
 */

const ALWAYS = ['posthog-node', 'posthog-node-native']

/**
 * @param {object} trial
 * @param {import('./managers.mjs').Manager} trial.manager
 * @param {Row[]} trial.rows
 * @param {string} trial.tarball
 * @param {import('./managers.mjs').Folders} trial.folders
 * @param {string} trial.parent the folder for the projects
 * @param {import('./stand-in.mjs').StandIn} trial.standIn
 * @param {boolean} trial.isKept whether everything stays on the disk
 * @returns {Promise<Column>}
 */
export async function testManager({ manager, rows, tarball, folders, parent, standIn, isKept }) {
  /** @type {Map<string, Promise<CleanRoom>>} by fixture, each installed when it is first needed */
  const rooms = new Map()
  const roomFor = async (/** @type {string} */ fixture) => {
    const folder = path.join(parent, manager.name, fixture)
    mkdirSync(folder, { recursive: true })
    const room = new CleanRoom({ parent: folder, manager, folders, env: standIn.env })
    const needed = new Set([...ALWAYS, ...rows.flatMap(({ needs = [] }) => needs)])
    const isWanted = (/** @type {string} */ name) => fixture !== 'project' || needed.has(name)
    await timed(`${manager.name}: install ${fixture}`, () =>
      room.install(fileURLToPath(new URL(fixture, import.meta.url)), tarball, isWanted)
    )
    if (!isKept) {
      rmSync(path.join(folders.cache, manager.cache), { recursive: true, force: true })
    }
    return room
  }
  /** @type {Cell[]} */
  const cells = []
  for (const [index, row] of rows.entries()) {
    const obstacle = row.obstacle?.(manager)
    if (obstacle !== undefined) {
      cells.push({ obstacle })
      continue
    }
    const fixture = row.fixture ?? 'project'
    try {
      const room = rooms.get(fixture) ?? roomFor(fixture)
      rooms.set(fixture, room)
      await room
      await timed(`${manager.name}: ${row.what}, ${row.module}`, async () => row.run(await room, standIn.expected))
      cells.push({ passed: true })
    } catch (error) {
      cells.push({ failure: error instanceof Error ? error.message : String(error) })
    }
    // Projects are large: each goes as soon as nothing needs it.
    const room = isKept ? undefined : await rooms.get(fixture)?.catch(() => undefined)
    room?.removeMoved()
    if (!rows.slice(index + 1).some((later) => (later.fixture ?? 'project') === fixture)) {
      room?.remove()
    }
  }
  return { manager, cells }
}

/**
 * Says how a step went, for it may take long.
 *
 * @param {string} step
 * @param {() => Promise<void>} run
 */
async function timed(step, run) {
  const startedAt = performance.now()
  const report = (/** @type {string} */ mark) =>
    console.error(`${mark} ${step} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`)
  try {
    await run()
    report('✓')
  } catch (error) {
    report('✗')
    throw error
  }
}
