// Lays out the folder that is published: the files that package.json lists and the addons of a release.
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { root } from '../run.mjs'

/** Always published by npm. */
const DOCUMENTS = ['LICENSE', 'README.md']

/** What only a clone can use. Without scripts, the package can have none that runs when it is installed. */
const FOR_DEVELOPMENT = ['allowScripts', 'devDependencies', 'napi', 'overrides', 'scripts']

/**
 * @param {string} folder made anew
 * @param {string[]} addons their paths
 * @param {{ repository?: string }} [options] `owner/name` on GitHub, which npm's provenance must find in package.json
 */
export function layOutPackage(folder, addons, { repository } = {}) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  const names = manifest.files.filter((/** @type {string} */ name) => !name.endsWith('.node'))
  for (const name of [...DOCUMENTS, ...names]) {
    if (!existsSync(path.join(root, name))) {
      throw new Error(`package.json lists ${name} under files, but there is none`)
    }
    cpSync(path.join(root, name), path.join(folder, name), { recursive: true })
  }
  for (const addon of addons) {
    copyFileSync(addon, path.join(folder, path.basename(addon)))
  }
  FOR_DEVELOPMENT.forEach((key) => delete manifest[key])
  if (repository !== undefined) {
    manifest.repository = { type: 'git', url: `git+https://github.com/${repository}.git` }
  }
  writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
}
