#!/usr/bin/env node
// The cargo that `napi build` runs. The crate is an `rlib` too, for tests and benchmarks, and Cargo leaves out link-time
// optimization where it makes both at once: the addon would be a fifth larger. So it makes the `cdylib` alone.
import { spawnSync } from 'node:child_process'

const CDYLIB_ALONE = ['rustc', '--lib', '--crate-type', 'cdylib']

const [command, ...options] = process.argv.slice(2)
const [program, args] = programFor(command)
const { status, error } = spawnSync(program, [...args, ...options], { stdio: 'inherit' })
if (error) {
  console.error(`cannot run ${program}: ${error.message}`)
}
process.exitCode = status ?? 1

/**
 * @param {string} subcommand of cargo, as `napi build` wants it
 * @returns {[string, string[]]}
 */
function programFor(subcommand) {
  switch (subcommand) {
    case 'build':
      return ['cargo', CDYLIB_ALONE]
    case 'zigbuild':
      return ['cargo-zigbuild', CDYLIB_ALONE]
    default:
      return ['cargo', [subcommand]]
  }
}
