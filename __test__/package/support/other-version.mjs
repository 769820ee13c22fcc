// posthog-node as another version might be: the installed one, with some of its texts replaced.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'

import { ADDON, PackageCopy, readAddon, root } from './package-copy.mjs'

const INSTALLED = path.join(root, 'node_modules', 'posthog-node')

/** The modules that hold the classes this package joins. */
const MODULES = ['client', 'feature-flag-evaluations', 'extensions/feature-flags/feature-flags']

/**
 * @param {string} folder made anew, or one of another version
 * @param {string} version what it calls itself
 * @param {[from: string | RegExp, to: string][]} changes each must find its text somewhere
 */
export function writeVersion(folder, version, changes) {
  // The installed one may be a link.
  const installed = realpathSync(INSTALLED)
  if (existsSync(folder)) {
    const modules = [...MODULES, 'version'].flatMap((name) => [`dist/${name}.js`, `dist/${name}.mjs`])
    ;['package.json', ...modules].forEach((name) => cpSync(path.join(installed, name), path.join(folder, name)))
  } else {
    cpSync(installed, folder, { recursive: true, dereference: true })
  }
  const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'))
  replaceIn(path.join(folder, 'package.json'), [[`"version": "${manifest.version}"`, `"version": "${version}"`]])
  for (const extension of ['js', 'mjs']) {
    replaceIn(path.join(folder, 'dist', `version.${extension}`), [[manifest.version, version]])
    const found = MODULES.map((name) => replaceIn(path.join(folder, 'dist', `${name}.${extension}`), changes))
    changes.forEach(([from], index) => {
      if (!found.some((counts) => counts[index])) {
        throw new Error(`expected posthog-node to contain ${from}`)
      }
    })
  }
}

/**
 * @param {string} file
 * @param {[from: string | RegExp, to: string][]} changes
 * @returns {boolean[]} which of them changed something
 */
function replaceIn(file, changes) {
  let text = readFileSync(file, 'utf8')
  const found = changes.map(([from, to]) => {
    const before = text
    text = text.replaceAll(typeof from === 'string' ? from : new RegExp(from, 'g'), to)
    return text !== before
  })
  writeFileSync(file, text)
  return found
}

/** A copy of this package, beside a posthog-node that `writeVersion` is to write to `posthogNode`. */
export function besideAnother() {
  const copy = new PackageCopy({ [ADDON]: readAddon() })
  const modules = path.join(copy.folder, 'node_modules')
  rmSync(modules)
  mkdirSync(modules)
  for (const name of readdirSync(path.join(root, 'node_modules'))) {
    if (name !== 'posthog-node' && !name.startsWith('.')) {
      symlinkSync(path.join(root, 'node_modules', name), path.join(modules, name))
    }
  }
  return { folder: copy.folder, posthogNode: path.join(modules, 'posthog-node'), remove: () => copy.remove() }
}
