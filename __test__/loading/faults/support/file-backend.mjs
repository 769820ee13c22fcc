// A directory that clients share definitions in, and what can happen to its disk and its files.
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, open, readdir, rm, statfs, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { FileFlagCache } from '../../../support/file-flag-cache.ts'
import { definitionsOf } from './versions.mjs'

const run = promisify(execFile)
const SOMEBODY_MS = 150

export class FileBackend {
  /** @param {string} [disk] a small file system of its own, if this machine lets us have one */
  static async start(disk) {
    return new FileBackend(disk, await mkdtemp(path.join(disk ?? tmpdir(), 'faults-')))
  }

  /**
   * @param {string | undefined} disk
   * @param {string} parent
   */
  constructor(disk, parent) {
    this._parent = parent
    this._directory = path.join(parent, 'flags')
    this._definitions = path.join(this._directory, 'definitions.json')
    this._filler = path.join(parent, 'filler')
    if (disk === undefined) {
      delete this.faults['the disk is full']
    }
  }

  /**
   * @param {number} _index
   * @param {number} lockTtlMs
   */
  async createCache(_index, lockTtlMs) {
    return new FileFlagCache(this._directory, { lockTtlMs })
  }

  /** Brings everything in order again, as if the locks of those who are gone had expired. */
  async heal() {
    await mkdir(this._directory, { recursive: true })
    for (const name of await readdir(this._directory)) {
      if (name !== 'definitions.json') await rm(path.join(this._directory, name), { recursive: true, force: true })
    }
  }

  async close() {
    await rm(this._parent, { recursive: true, force: true })
  }

  /**
   * By kind; each hands back whether it came to pass, which the disk says, or the error that the cache class met.
   *
   * @type {Record<string, (scene: import('./redis-backend.mjs').BackendScene) => Promise<boolean>>}
   */
  faults = {
    'the disk is full': async ({ random, reload, failures }) => {
      await this._fill(random.below(24_000))
      await reload()
      await unlink(this._filler)
      return failures().some((error) => error.includes('ENOSPC'))
    },
    'files may not grow': async ({ random, reload, failures }) => {
      await limitFileSize(String(random.below(8000)))
      try {
        await reload()
      } finally {
        await limitFileSize('unlimited')
      }
      return failures().some((error) => error.includes('EFBIG'))
    },
    'the file of definitions is cut off': async ({ random, reload, version }) => {
      await this._overwrite(JSON.stringify(definitionsOf(version)).slice(0, random.below(3000)))
      await reload()
      return true
    },
    'the file of definitions is garbage': async ({ random, reload }) => {
      await this._overwrite(random.pick(['', 'garbage', '[]', 'null', '{"flags":', '\0'.repeat(4096)]))
      await reload()
      return true
    },
    'the file of definitions is lost': async ({ reload }) => {
      await rm(this._definitions, { recursive: true, force: true })
      await reload()
      return true
    },
    'a directory has the name of the definitions': async ({ reload, failures }) => {
      await rm(this._definitions, { recursive: true, force: true })
      await mkdir(this._definitions, { recursive: true })
      await reload()
      await rm(this._definitions, { recursive: true, force: true })
      return failures().some((error) => error.includes('EISDIR'))
    },
    'the directory is removed during a load': async ({ reload }) => {
      const loaded = reload()
      await rm(this._directory, { recursive: true, force: true, maxRetries: 5 }).catch(() => {})
      await loaded
      return true
    },
    'a process was killed while it stored': async ({ random, reload, version }) => {
      const text = JSON.stringify(definitionsOf(version))
      await mkdir(this._directory, { recursive: true })
      const temporary = path.join(this._directory, `${randomUUID()}.tmp`)
      await writeFile(temporary, text.slice(0, random.below(text.length)))
      await this._lock(JSON.stringify({ token: 'somebody', expiresAt: Date.now() + SOMEBODY_MS }))
      await reload()
      await unlink(temporary).catch(() => {})
      return true
    },
    'the lock file is garbage': async ({ random, reload, failures }) => {
      const lock = await this._lock(random.pick(['', 'garbage', '{']))
      await reload()
      await rm(lock, { force: true })
      return failures().some((error) => error.includes('JSON'))
    },
    'the lock file is lost': async ({ reload }) => {
      await this.heal()
      await reload()
      return true
    },
  }

  /** A lock of the next generation, which nobody here holds. @param {string} text */
  async _lock(text) {
    await mkdir(this._directory, { recursive: true })
    const names = await readdir(this._directory)
    const generations = names.flatMap((name) => /^lock\.(\d+)\.json$/.exec(name)?.[1] ?? []).map(Number)
    const file = path.join(this._directory, `lock.${Math.max(0, ...generations) + 1}.json`)
    await writeFile(file, text)
    return file
  }

  /** As a program that does not know better would do it. @param {string} text */
  async _overwrite(text) {
    await mkdir(this._directory, { recursive: true })
    await rm(this._definitions, { recursive: true, force: true })
    await writeFile(this._definitions, text)
  }

  /** Fills the disk but for some bytes. @param {number} free */
  async _fill(free) {
    const { bavail, bsize } = await statfs(this._parent)
    const file = await open(this._filler, 'w')
    try {
      await file.write(Buffer.alloc(Math.max(0, bavail * bsize - free)))
    } finally {
      await file.close()
    }
  }
}

/** The largest file that this process may write: writing more fails with `EFBIG`. @param {string} bytes */
async function limitFileSize(bytes) {
  await run('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:unlimited`])
}
