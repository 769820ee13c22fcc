// Runs a command and keeps its output, so that a script stays quiet until something goes wrong.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The repository root, with a trailing slash. */
export const root = fileURLToPath(new URL('../', import.meta.url))

/** How long one command may take, unless told otherwise. */
const LIMIT_MINUTES = 15

/**
 * @typedef {object} Outcome
 * @property {boolean} ok whether the command could be started and ended with exit code 0
 * @property {string} output everything it wrote to stdout and stderr, in order of arrival
 * @property {string[]} [notes] what has to be said of it although it succeeded
 */

/**
 * Runs `command` and collects what it prints. A command that takes too long is ended with all that it started, so that a
 * hang fails with its output instead of in silence. What a command leaves running is ended with it.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {Record<string, string>} [env] added to this process's environment
 * @param {{ cwd?: string, limitMinutes?: number }} [options]
 * @returns {Promise<Outcome>}
 */
export function runCaptured(command, args, env = {}, { cwd = root, limitMinutes = LIMIT_MINUTES } = {}) {
  return new Promise((resolve) => {
    /** @type {Buffer[]} */
    const chunks = []
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own, to be ended whole.
      detached: true,
    })
    const endGroup = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // Nobody is left in it.
      }
    }
    const limit = setTimeout(endGroup, limitMinutes * 60_000)
    const interrupt = () => {
      endGroup()
      process.exit(130)
    }
    process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
    const settle = () => {
      clearTimeout(limit)
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
    }
    child.stdout.on('data', (chunk) => chunks.push(chunk))
    child.stderr.on('data', (chunk) => chunks.push(chunk))
    // What it started and did not end, such as the process of a test that failed, would keep the output open.
    child.on('exit', endGroup)
    child.on('error', (error) => {
      settle()
      resolve({ ok: false, output: `cannot run ${command}: ${error.message}\n` })
    })
    child.on('close', (code, signal) => {
      settle()
      const output = Buffer.concat(chunks).toString()
      resolve({
        ok: code === 0,
        output: signal ? `${output}${command} was ended by ${signal}; the limit is ${limitMinutes} minutes\n` : output,
      })
    })
  })
}

/**
 * Runs `command` in the repository root with this process's own terminal and ends this process with its exit code.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {Record<string, string>} [env] added to this process's environment
 * @returns {Promise<boolean>} whether it ended with exit code 0
 */
export function runAttached(command, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: 'inherit' })
    child.on('error', (error) => {
      console.error(`cannot run ${command}: ${error.message}`)
      process.exitCode = 1
      resolve(false)
    })
    child.on('close', (code) => {
      process.exitCode = code ?? 1
      resolve(code === 0)
    })
  })
}
