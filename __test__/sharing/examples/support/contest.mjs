import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const contender = fileURLToPath(new URL('./contender.mjs', import.meta.url))

/**
 * What a process says next; an error if it ends instead.
 *
 * @param {import('node:child_process').ChildProcess} child
 */
async function nextMessage(child) {
  const end = new AbortController()
  try {
    return await Promise.race([
      once(child, 'message', { signal: end.signal }).then(([message]) => message),
      once(child, 'exit', { signal: end.signal }).then(([code]) => assert.fail(`a process ended with ${code}`)),
    ])
  } finally {
    end.abort()
  }
}

/**
 * How many of four processes that ask a cache in `directory` at the same time may lead; all have ended afterwards.
 *
 * @param {'sqlite'} kind
 * @param {string} directory
 */
export async function leadersOfFour(kind, directory) {
  const processes = Array.from({ length: 4 }, () => fork(contender, [kind, directory]))
  try {
    await Promise.all(processes.map(nextMessage))
    const answers = processes.map(nextMessage)
    processes.forEach((child) => child.send('ask'))
    const leading = (await Promise.all(answers)).filter((answer) => answer === true)
    const exits = processes.map((child) => once(child, 'exit'))
    processes.forEach((child) => child.send('stop'))
    assert.deepEqual(await Promise.all(exits), Array(4).fill([0, null]))
    return leading.length
  } finally {
    processes.forEach((child) => child.kill('SIGKILL'))
  }
}
