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
 * How many of four processes may lead that open the same new database at the same time, for each of `files`.
 *
 * @param {string[]} files paths of databases that do not exist yet
 */
export async function leadersOfFour(files) {
  const processes = Array.from({ length: 4 }, () => fork(contender))
  try {
    await Promise.all(processes.map(nextMessage))
    const leaders = []
    for (const file of files) {
      const answers = processes.map(nextMessage)
      processes.forEach((child) => child.send(file))
      leaders.push((await Promise.all(answers)).filter((answer) => answer === true).length)
    }
    return leaders
  } finally {
    processes.forEach((child) => child.kill('SIGKILL'))
  }
}
