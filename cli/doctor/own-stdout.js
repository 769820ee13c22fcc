'use strict'

/**
 * Takes standard output for the report alone. Until the process ends, all others that write there, such as a cache provider
 * and the clients it makes, write to standard error.
 *
 * @param {import('../terminal.js').Io['stdout']} stdout
 * @returns {{ write: (text: string) => unknown, isTTY?: boolean, columns?: number }} where the report goes
 */
function takeStdout(stdout) {
  if (stdout !== process.stdout) {
    return stdout
  }
  const { isTTY, columns } = stdout
  const write = stdout.write.bind(stdout)
  // For those that hold the stream already, then for those that ask for it.
  stdout.write = process.stderr.write.bind(process.stderr)
  Object.defineProperty(process, 'stdout', { configurable: true, enumerable: true, get: () => process.stderr })
  return { write, isTTY, columns }
}

module.exports = { takeStdout }
