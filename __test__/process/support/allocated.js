'use strict'

const { execFile } = require('node:child_process')
const { mkdtemp, rm } = require('node:fs/promises')
const { tmpdir } = require('node:os')
const path = require('node:path')
const { promisify } = require('node:util')

const run = promisify(execFile)

/**
 * Compiles the addon `allocated.c` and hands back its path.
 *
 * @param {string} directory to write it to
 */
async function compileAllocated(directory) {
  const addon = path.join(directory, 'allocated.node')
  await run('cc', ['-shared', '-fPIC', '-o', addon, path.join(__dirname, 'allocated.c')])
  return addon
}

/** Without the caches of each thread, whose content counts as in use. */
const ENVIRONMENT = { GLIBC_TUNABLES: 'glibc.malloc.tcache_count=0' }

/**
 * Runs a script that measures its memory, and hands back what it prints as JSON. The script's last argument is the path
 * of the addon `allocated.c`, compiled. Fails unless the script ends with code 0.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} script in this folder
 * @param {...string} args
 */
async function runMeasured(t, script, ...args) {
  const directory = await mkdtemp(path.join(tmpdir(), 'allocated-'))
  t.after(() => rm(directory, { recursive: true }))
  const addon = await compileAllocated(directory)
  const env = { ...process.env, ...ENVIRONMENT }
  const { stdout } = await run(process.execPath, ['--expose-gc', path.join(__dirname, script), ...args, addon], { env })
  return JSON.parse(stdout)
}

module.exports = { ENVIRONMENT, compileAllocated, runMeasured }
