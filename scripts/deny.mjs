// Holds the Rust dependencies to deny.toml with cargo-deny: licences, sources, bans and, where the database of advisories
// can be had, known holes.
import { runCaptured } from './run.mjs'

const VERSION = '0.20.2'
const UNREACHABLE = 'failed to fetch advisory database'

/** @returns {Promise<import('./run.mjs').Outcome>} */
export async function checkDependencies() {
  if (!(await runCaptured('cargo', ['deny', '--version'])).ok) {
    const remedy = `cargo install --locked cargo-deny --version ${VERSION}`
    // CI has it: .ci/run installs it.
    return process.env.CI
      ? { ok: false, output: `cargo-deny is not installed: ${remedy}\n` }
      : { ok: true, output: '', notes: [`not checked, for cargo-deny is not installed: ${remedy}`] }
  }
  const rest = await runCaptured('cargo', ['deny', '--log-level', 'error', 'check', 'licenses', 'bans', 'sources'])
  const advisories = await runCaptured('cargo', ['deny', 'check', 'advisories'])
  // From GitHub's runners it can be reached: there, not to have looked is a failure.
  const isUnreachable =
    !advisories.ok && advisories.output.includes(UNREACHABLE) && process.env.GITHUB_ACTIONS !== 'true'
  return {
    ok: rest.ok && (advisories.ok || isUnreachable),
    output: `${rest.output}${isUnreachable ? '' : advisories.output}`,
    notes: isUnreachable ? ['advisories not checked, for their database cannot be reached from here'] : [],
  }
}
