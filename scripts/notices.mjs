// `npm run notices`: writes THIRD-PARTY-NOTICES.md, the licences of the Rust crates that are in the addons of a release.
// `npm run notices -- --check` only says whether it is as it would be written.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { helpIfAsked } from './help.mjs'
import { licenceTexts, STANDARD_LIBRARY } from './licence-texts.mjs'
import { RELEASE_TARGETS } from './release-targets.mjs'
import { root } from './run.mjs'

helpIfAsked(import.meta.url)

const FILE = path.join(root, 'THIRD-PARTY-NOTICES.md')
const OWN_NAME = 'posthog-node-native'

/**
 * @typedef {object} Crate
 * @property {string} name
 * @property {string} version
 * @property {string} license as an SPDX expression
 * @property {string[]} authors
 * @property {string | null} repository
 * @property {string} folder of its source
 */

const notices = describe(shippedCrates())
if (!process.argv.includes('--check')) {
  writeFileSync(FILE, notices)
} else if (readFileSync(FILE, 'utf8') === notices) {
  console.log('THIRD-PARTY-NOTICES.md is as Cargo.lock demands')
} else {
  console.error('expected THIRD-PARTY-NOTICES.md to be as Cargo.lock demands: run npm run notices and commit it')
  process.exitCode = 1
}

/**
 * What is linked into the addon of any target: neither what only builds or tests it, nor what runs in the compiler.
 *
 * @returns {Crate[]}
 */
function shippedCrates() {
  const ids = new Set(
    RELEASE_TARGETS.flatMap(({ triple }) =>
      cargo('tree', '--target', triple, '--edges', 'normal,no-proc-macro', '--prefix', 'none', '--format', '{p}')
        .split('\n')
        .map((line) => /^(\S+) v(\S+)/.exec(line)?.slice(1).join(' ') ?? '')
    )
  )
  /** @type {any[]} */
  const packages = JSON.parse(cargo('metadata', '--format-version', '1')).packages
  return packages
    .filter(({ name, version }) => name !== OWN_NAME && ids.has(`${name} ${version}`))
    .map((found) => ({ ...found, folder: path.dirname(found.manifest_path) }))
    .sort((a, b) => compare(a.name, b.name) || compare(a.version, b.version))
}

/** @param {string[]} args */
function cargo(...args) {
  return execFileSync('cargo', [...args, '--locked'], { cwd: root, encoding: 'utf8', maxBuffer: 64e6 })
}

/** @param {Crate[]} crates */
function describe(crates) {
  const list = crates.map(({ name, version, license }) => `| ${name} | ${version} | ${license.replace('/', ' OR ')} |`)
  const texts = licenceTexts(crates).map(
    ({ holders, body }, index) =>
      `### Text ${index + 1}\n\n${holders.map((holder) => `- ${holder}`).join('\n')}\n\n${fenced(body)}`
  )
  return `# Third-party notices

The addons of posthog-node-native contain these Rust crates and the C code in some of them. Where a crate offers a choice of
licences, it is used under MIT if that is among them. Not each crate is in the addon of each system.

<!-- Written by \`npm run notices\`. -->

| crate | version | licence |
| ----- | ------- | ------- |
${list.join('\n')}

${STANDARD_LIBRARY}

## Licences

${texts.join('\n\n')}
`
}

/** @param {string} text */
function fenced(text) {
  return `\`\`\`text\n${text}\n\`\`\``
}

/** @param {string} a @param {string} b */
function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0
}
