// An empty project, far from any other node_modules, into which one package manager installs the tarball.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** How long one command may take: also that of a program which must end by itself. */
const LIMIT_MS = { install: 300_000, run: 120_000 }

/** By this the fixtures name the tarball. */
const TARBALL = 'file:./posthog-node-native.tgz'

/** Files of the fixture `project` that `alias` has too. There the package is imported by the name posthog-node. */
const PROGRAMS_OF_ALIAS = ['definitions.json', 'library.mjs', 'tsconfig.json', 'typed.cts', 'typed.mts']

/** A command failed; the message holds its output. */
export class CommandError extends Error {}

/** @typedef {{ stdout: string, stderr: string }} Output */

export class CleanRoom {
  /**
   * @param {object} setting
   * @param {string} setting.parent the folder for it and for what is moved out of it
   * @param {import('./managers.mjs').Manager} setting.manager
   * @param {import('./managers.mjs').Folders} setting.folders
   * @param {Record<string, string>} setting.env
   */
  constructor({ parent, manager, folders, env }) {
    this._parent = parent
    this.manager = manager
    this._folders = folders
    /** @type {Record<string, string>} */
    this._env = {
      ...cleanEnvironment(),
      ...manager.env,
      YARN_GLOBAL_FOLDER: path.join(folders.cache, 'yarn-4'),
      ...env,
    }
    this.folder = path.join(parent, 'project')
  }

  /**
   * Copies the fixture and installs its dependencies, all of them or those named.
   *
   * @param {string} fixture
   * @param {string} tarball
   * @param {(name: string) => boolean} [isWanted] which dependencies
   */
  async install(fixture, tarball, isWanted = () => true) {
    cpSync(fixture, this.folder, { recursive: true })
    if (path.basename(fixture) === 'alias') {
      copyPrograms(path.join(fixture, '..', 'project'), this.folder)
    }
    // yarn 1 knows what it has cached by name and version, and would install what was packed before.
    const digest = createHash('sha256').update(readFileSync(tarball)).digest('hex').slice(0, 12)
    const file = `posthog-node-native-${digest}.tgz`
    copyFileSync(tarball, path.join(this.folder, file))
    const manifest = JSON.parse(readFileSync(path.join(this.folder, 'package.json'), 'utf8'))
    for (const key of ['dependencies', 'devDependencies']) {
      const wanted = Object.entries(manifest[key] ?? {}).filter(([name]) => isWanted(name))
      manifest[key] = Object.fromEntries(
        wanted.map(([name, version]) => [name, version === TARBALL ? `file:./${file}` : version])
      )
    }
    if (manifest.dependencies['posthog-node'].startsWith('file:')) {
      this.manager.giveName(this.folder, manifest)
    }
    this.manager.prepare?.(this.folder, manifest)
    writeFileSync(path.join(this.folder, 'package.json'), JSON.stringify(manifest))
    await this._run(this.manager.install(this._folders), { limit: LIMIT_MS.install })
  }

  /** Frees the disk: the project, and what was moved out of it. */
  remove() {
    rmSync(this._parent, { recursive: true, force: true })
  }

  /** Frees the disk of what was moved out. */
  removeMoved() {
    rmSync(path.join(this._parent, 'moved'), { recursive: true, force: true })
  }

  /** Runs Node in the project. @param {string[]} args @returns {Promise<Output>} */
  node(...args) {
    return this._run(this.manager.node(this._folders, args))
  }

  /** Runs the command of a dependency. @param {string} name @param {string[]} args @returns {Promise<Output>} */
  bin(name, ...args) {
    return this._run(this.manager.bin(this._folders, name, args))
  }

  /**
   * Copies a folder of the project to where no node_modules are.
   *
   * @param {string} name
   */
  moveOut(name) {
    mkdirSync(path.join(this._parent, 'moved'), { recursive: true })
    const folder = mkdtempSync(path.join(this._parent, 'moved', 'é '))
    cpSync(path.join(this.folder, name), folder, { recursive: true, verbatimSymlinks: true })
    return folder
  }

  /** Runs plain Node in a folder. @param {string} folder @param {string[]} args @returns {Promise<Output>} */
  nodeIn(folder, ...args) {
    return this._run([process.execPath, args], { cwd: folder })
  }

  /**
   * Starts plain Node in a folder, to be ended by the caller.
   *
   * @param {string} folder
   * @param {string[]} args
   * @param {Record<string, string>} env
   */
  start(folder, args, env) {
    return spawn(process.execPath, args, {
      cwd: folder,
      env: { ...this._env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  /**
   * @param {import('./managers.mjs').Command} command
   * @param {{ cwd?: string, limit?: number }} [options]
   * @returns {Promise<Output>}
   */
  _run([command, args], { cwd = this.folder, limit = LIMIT_MS.run } = {}) {
    return new Promise((resolve, reject) => {
      const shell = /\.cmd$/.test(command)
      // A group of its own, to be ended whole.
      const child = spawn(command, args, { cwd, env: this._env, shell, detached: process.platform !== 'win32' })
      const output = { stdout: '', stderr: '' }
      const timer = setTimeout(() => {
        output.stderr += `\nit did not end within ${limit / 1000} s`
        process.kill(process.platform === 'win32' ? Number(child.pid) : -Number(child.pid), 'SIGKILL')
      }, limit)
      child.stdout.on('data', (text) => (output.stdout += text))
      child.stderr.on('data', (text) => (output.stderr += text))
      child.on('error', reject)
      child.on('close', (code) => {
        clearTimeout(timer)
        const words = [path.basename(command), ...args].join(' ')
        code === 0
          ? resolve(output)
          : reject(new CommandError(`${words}: exit code ${code}\n${output.stdout}${output.stderr}`))
      })
    })
  }
}

/**
 * Copies the programs of the fixture `project` and imports the package by the name posthog-node in them.
 *
 * @param {string} project
 * @param {string} folder
 */
function copyPrograms(project, folder) {
  for (const name of PROGRAMS_OF_ALIAS) {
    const text = readFileSync(path.join(project, name), 'utf8')
    writeFileSync(path.join(folder, name), text.replaceAll("from 'posthog-node-native'", "from 'posthog-node'"))
  }
}

/** What npm and Node leave to the processes that they start would reach the package managers under test. */
function cleanEnvironment() {
  const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|node_options$|node_path$|init_cwd$)/i.test(name))
  return /** @type {Record<string, string>} */ (Object.fromEntries(kept))
}
