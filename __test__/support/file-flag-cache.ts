// A flag-definition cache as users of posthog-node have it: definitions in a file, leadership by a lock file that expires.
import { randomUUID } from 'node:crypto'
import { link, mkdir, readdir, readFile, rename, unlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { FlagDefinitionCacheData, FlagDefinitionCacheInput, FlagDefinitionCacheProvider } from 'posthog-node'

export interface FileFlagCacheOptions {
  /** How long leadership lasts without renewal; longer than the polling interval, so that a live leader keeps it. */
  lockTtlMs?: number
}

interface Lock {
  /** Counts leaderships: whoever creates the lock file of the highest generation leads. */
  generation: number
  /** Which instance created it. */
  token: string
  expiresAt: number
}

/** Keeps definitions in `directory`; the one process that holds the lock fetches, the others read. */
export class FileFlagCache implements FlagDefinitionCacheProvider<FlagDefinitionCacheInput> {
  private readonly definitionsFile: string
  private readonly token = randomUUID()
  private readonly lockTtlMs: number
  private held: Lock | undefined

  constructor(
    private readonly directory: string,
    options: FileFlagCacheOptions = {}
  ) {
    this.definitionsFile = path.join(directory, 'definitions.json')
    this.lockTtlMs = options.lockTtlMs ?? 90_000
  }

  async getFlagDefinitions(): Promise<FlagDefinitionCacheInput | undefined> {
    const text = await readIfPresent(this.definitionsFile)
    return text === undefined ? undefined : JSON.parse(text)
  }

  async shouldFetchFlagDefinitions(): Promise<boolean> {
    await mkdir(this.directory, { recursive: true })
    return (await this.renew()) || (await this.acquire())
  }

  async onFlagDefinitionsReceived(data: FlagDefinitionCacheData): Promise<void> {
    await this.replaceFile(this.definitionsFile, JSON.stringify(data))
  }

  async shutdown(): Promise<void> {
    const lock = this.held
    this.held = undefined
    if (lock !== undefined && (await this.highestGeneration()) === lock.generation) {
      // Released, not removed: generations only ever grow, so that nobody wins one that another has already had.
      await this.replaceFile(this.lockFile(lock.generation), JSON.stringify({ ...lock, expiresAt: 0 }))
    }
  }

  /** Extends a lock that this instance still holds. An expired one is left alone: another may be taking over. */
  private async renew(): Promise<boolean> {
    const lock = this.held
    if (lock === undefined || lock.expiresAt <= Date.now() || (await this.highestGeneration()) !== lock.generation) {
      this.held = undefined
      return false
    }
    lock.expiresAt = Date.now() + this.lockTtlMs
    await this.replaceFile(this.lockFile(lock.generation), JSON.stringify(lock))
    return true
  }

  /** Creates the lock file of the next generation, which only one process can, unless the present one is in force. */
  private async acquire(): Promise<boolean> {
    const present = await this.highestGeneration()
    if (present > 0) {
      const text = await readIfPresent(this.lockFile(present))
      if (text !== undefined && (JSON.parse(text) as Lock).expiresAt > Date.now()) {
        return false
      }
    }
    const lock: Lock = { generation: present + 1, token: this.token, expiresAt: Date.now() + this.lockTtlMs }
    if (!(await this.createFile(this.lockFile(lock.generation), JSON.stringify(lock)))) {
      return false
    }
    // Someone may have gone further since the directory was read, and removed the generation just created anew.
    if ((await this.highestGeneration()) !== lock.generation) {
      await unlinkIfPresent(this.lockFile(lock.generation))
      return false
    }
    const past = (await this.generations()).filter((generation) => generation < lock.generation)
    await Promise.all(past.map((generation) => unlinkIfPresent(this.lockFile(generation))))
    this.held = lock
    return true
  }

  private lockFile(generation: number): string {
    return path.join(this.directory, `lock.${generation}.json`)
  }

  private async highestGeneration(): Promise<number> {
    return Math.max(0, ...(await this.generations()))
  }

  private async generations(): Promise<number[]> {
    const names = await readdir(this.directory)
    return names.flatMap((name) => /^lock\.(\d+)\.json$/.exec(name)?.[1] ?? []).map(Number)
  }

  /** Replaces a file at once: a reader sees the old text or the new one, never a part. */
  private async replaceFile(file: string, text: string): Promise<void> {
    const temporary = await this.writeTemporary(text)
    await rename(temporary, file)
  }

  /** Creates a file with all of its text at once; `false` if it exists already. */
  private async createFile(file: string, text: string): Promise<boolean> {
    const temporary = await this.writeTemporary(text)
    try {
      await link(temporary, file)
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
        return false
      }
      throw error
    } finally {
      await unlink(temporary)
    }
  }

  private async writeTemporary(text: string): Promise<string> {
    const temporary = path.join(this.directory, `${randomUUID()}.tmp`)
    try {
      await writeFile(temporary, text, { mode: 0o600 })
      return temporary
    } catch (error) {
      // The disk may be full: what was written of it must not stay.
      await unlinkIfPresent(temporary)
      throw error
    }
  }
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return undefined
    }
    throw error
  }
}

async function unlinkIfPresent(file: string): Promise<void> {
  try {
    await unlink(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw error
    }
  }
}
