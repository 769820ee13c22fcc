// Packs the package and has it judged by @arethetypeswrong/cli, which resolves its types in every way, and by publint.
// `node scripts/package/check.mjs`; a step of `npm test`.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { root, runCaptured } from '../run.mjs'

const folder = mkdtempSync(path.join(os.tmpdir(), 'posthog-node-native-'))
try {
  const pack = await runCaptured('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder])
  const [name] = readdirSync(folder)
  if (!pack.ok || name === undefined) {
    throw new Error(`npm pack failed: ${pack.output}`)
  }
  const tarball = path.join(folder, name)
  const installed = (/** @type {string} */ file) => path.join(root, 'node_modules', file)
  // Those lead to posthog-node's own entry points, which resolve no better.
  const others = ['--exclude-entrypoints', 'edge', 'experimental', 'nestjs', 'otel']
  const judges = {
    attw: [installed('@arethetypeswrong/cli/dist/index.js'), tarball, '--no-color', '--no-emoji', ...others],
    publint: [installed('publint/src/cli.js'), '--strict', tarball],
  }
  for (const [judge, command] of Object.entries(judges)) {
    const { ok, output } = await runCaptured(process.execPath, command)
    console.log(`${ok ? 'ok    ' : 'FAILED'} ${judge}`)
    if (!ok) {
      console.log(output.trimEnd())
      process.exitCode = 1
    }
  }
} finally {
  rmSync(folder, { recursive: true })
}
