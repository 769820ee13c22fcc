// Runs what is measured in processes of its own.
import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Runs a script of this folder and reads the JSON that it prints.
 *
 * @param {string} script
 * @param {(string | number)[]} args
 * @param {boolean} pinned on core 0 alone, through `taskset`
 * @param {string[]} [nodeOptions]
 * @returns {Promise<any>}
 */
export async function measureInChild(script, args, pinned, nodeOptions = []) {
  const file = path.join(import.meta.dirname, script)
  const command = [
    ...(pinned ? ['taskset', '-c', '0'] : []),
    ...[process.execPath, ...nodeOptions, file, ...args.map(String)],
  ]
  const { stdout } = await run(command[0], command.slice(1), { maxBuffer: 64 * 1024 * 1024 }).catch((error) => {
    const hint = pinned && error.code === 'ENOENT' ? '; --pin needs taskset (util-linux)' : ''
    throw new Error(`${script} ${args.join(' ')} failed${hint}: ${error.stderr || error.message}`)
  })
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
}
