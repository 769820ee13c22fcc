// Builds the addon and writes binding.d.ts.
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { root, runAttached } from './run.mjs'

const cli = path.join(root, 'node_modules', '@napi-rs', 'cli', 'dist', 'cli.js')

/** The command that builds it, for `runCaptured` and `runAttached`. @type {[string, string[], Record<string, string>]} */
export const BUILD_COMMAND = [
  process.execPath,
  [cli, 'build', '--platform', '--release', '--no-js', '--dts', 'binding.d.ts'],
  { CARGO: path.join(root, 'scripts', 'cargo-for-addon.mjs') },
]

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  runAttached(...BUILD_COMMAND)
}
