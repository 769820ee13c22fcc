import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const contender = fileURLToPath(new URL('./contender.mjs', import.meta.url))

/**
 * How many of four processes that ask a cache in `directory` at the same time may lead; all have ended afterwards.
 *
 * @param {'file' | 'sqlite'} kind
 * @param {string} directory
 */
export async function leadersOfFour(kind, directory) {
  const processes = Array.from({ length: 4 }, () => fork(contender, [kind, directory]))
  await Promise.all(processes.map((child) => once(child, 'message')))
  const answers = processes.map((child) => once(child, 'message'))
  processes.forEach((child) => child.send('ask'))
  const leading = (await Promise.all(answers)).flat().filter((answer) => answer === true)
  const exits = processes.map((child) => once(child, 'exit'))
  processes.forEach((child) => child.send('stop'))
  assert.deepEqual(await Promise.all(exits), Array(4).fill([0, null]))
  return leading.length
}
