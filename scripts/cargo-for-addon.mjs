#!/usr/bin/env node
// The cargo that `napi build` runs. The crate is an `rlib` too, for tests and benchmarks, and Cargo leaves out link-time
// optimization where it makes both at once: the addon would be a fifth larger. So it makes the `cdylib` alone.
import { spawnSync } from 'node:child_process'

const [command, ...options] = process.argv.slice(2)
const args = command === 'build' ? ['rustc', '--lib', '--crate-type', 'cdylib', ...options] : [command, ...options]
const { status, error } = spawnSync('cargo', args, { stdio: 'inherit' })
if (error) {
  console.error(`cannot run cargo: ${error.message}`)
}
process.exitCode = status ?? 1
