/**
 * What `promise` resolves to, if that happens in time.
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
    timer = setTimeout(
      () => reject(new Error(`expected ${what} within ${milliseconds} ms\n${describe()}`)),
      milliseconds
    )
  })
  try {
    return await Promise.race([promise, /** @type {Promise<never>} */ (deadline)])
  } finally {
    clearTimeout(timer)
  }
}
