/** How long a tick is, in milliseconds. */
const TICK_MS = 50

/**
 * What `promise` resolves to, if that happens in time. The time is counted in ticks of a timer: where the machine is so busy
 * that those come late, there is more of it.
 *
 * @template T
 * @param {number} milliseconds
 * @param {string} what is waited for
 * @param {Promise<T>} promise
 * @param {() => string} [describe] the state of things, for the error
 * @returns {Promise<T>}
 */
export async function within(milliseconds, what, promise, describe = () => '') {
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  const deadline = new Promise((_, reject) => {
    let left = Math.ceil(milliseconds / TICK_MS)
    const tick = () => {
      if (left === 0) return reject(new Error(`expected ${what} within ${milliseconds} ms\n${describe()}`))
      left -= 1
      timer = setTimeout(tick, TICK_MS)
    }
    tick()
  })
  try {
    return await Promise.race([promise, /** @type {Promise<never>} */ (deadline)])
  } finally {
    clearTimeout(timer)
  }
}
