// Runs what is measured in processes of its own.
import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * How the processes that measure are started.
 *
 * @typedef {object} Launch
 * @property {boolean} pinned on core 0 alone, through `taskset`
 * @property {string[]} [through] a command that is given the command line of each process, such as `nice -n -5`
 */

/**
 * Runs a script of this folder and reads the JSON that it prints.
 *
 * @param {string} script
 * @param {(string | number)[]} args
 * @param {Launch} launch
 * @param {string[]} [nodeOptions]
 * @returns {Promise<any>}
 */
export async function measureInChild(script, args, { pinned, through = [] }, nodeOptions = []) {
  const file = path.join(import.meta.dirname, script)
  const command = [
    ...through,
    ...(pinned ? ['taskset', '-c', '0'] : []),
    ...[process.execPath, ...nodeOptions, file, ...args.map(String)],
  ]
  const { stdout } = await run(command[0], command.slice(1), { maxBuffer: 64 * 1024 * 1024 }).catch((error) => {
    const hint = pinned && error.code === 'ENOENT' ? '; --pin needs taskset (util-linux)' : ''
    throw new Error(`${script} ${args.join(' ')} failed${hint}: ${error.stderr || error.message}`)
  })
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
}
