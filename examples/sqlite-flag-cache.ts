// A flag-definition cache for several processes of one machine, in an SQLite database. Written for what the packages
// better-sqlite3 and libsql and Node's own node:sqlite have in common; all its methods are synchronous.
import { randomUUID } from 'node:crypto'
import type { FlagDefinitionCacheData, FlagDefinitionCacheInput, FlagDefinitionCacheProvider } from 'posthog-node'

/** An open database of either package. */
export interface SqliteDatabase {
  exec(sql: string): unknown
  prepare(sql: string): SqliteStatement
}

interface SqliteStatement {
  get(...parameters: unknown[]): unknown
  run(...parameters: unknown[]): { changes: number | bigint }
}

export interface SqliteFlagCacheOptions {
  /** How long leadership lasts without renewal; longer than the polling interval, so that a live leader keeps it. */
  lockTtlMs?: number
}

// One row for each project. The database keeps its journal mode: changing it fails at once, whatever the timeout, while
// another process opens the database.
const CREATE = `
CREATE TABLE IF NOT EXISTS posthog_flags (
  team TEXT PRIMARY KEY, definitions TEXT, leader TEXT, leads_until INTEGER
)`

// Takes leadership if nobody has it, or renews it: one statement, so that only one process can.
const LEAD = `
INSERT INTO posthog_flags (team, leader, leads_until) VALUES (?, ?, ?)
ON CONFLICT (team) DO UPDATE SET leader = excluded.leader, leads_until = excluded.leads_until
WHERE leader IS NULL OR leader = excluded.leader OR leads_until < ?`

const READ = 'SELECT definitions FROM posthog_flags WHERE team = ?'

const STORE = `
INSERT INTO posthog_flags (team, definitions) VALUES (?, ?)
ON CONFLICT (team) DO UPDATE SET definitions = excluded.definitions`

const RELEASE = 'UPDATE posthog_flags SET leader = NULL WHERE team = ? AND leader = ?'

/** The one process that leads fetches and stores; the others read. The database stays the caller's. */
export class SqliteFlagCache implements FlagDefinitionCacheProvider<FlagDefinitionCacheInput> {
  private readonly token = randomUUID()
  private readonly lockTtlMs: number
  private readonly lead: SqliteStatement
  private readonly read: SqliteStatement
  private readonly store: SqliteStatement
  private readonly release: SqliteStatement

  /**
   * @param database opened with a timeout, so that a write waits for another's instead of failing
   * @param team names the project in the database
   */
  constructor(
    database: SqliteDatabase,
    private readonly team: string,
    options: SqliteFlagCacheOptions = {}
  ) {
    this.lockTtlMs = options.lockTtlMs ?? 90_000
    database.exec(CREATE)
    this.lead = database.prepare(LEAD)
    this.read = database.prepare(READ)
    this.store = database.prepare(STORE)
    this.release = database.prepare(RELEASE)
  }

  getFlagDefinitions(): FlagDefinitionCacheInput | undefined {
    const row = this.read.get(this.team) as { definitions: string | null } | undefined
    return row?.definitions ? JSON.parse(row.definitions) : undefined
  }

  shouldFetchFlagDefinitions(): boolean {
    const now = Date.now()
    return Number(this.lead.run(this.team, this.token, now + this.lockTtlMs, now).changes) === 1
  }

  onFlagDefinitionsReceived(data: FlagDefinitionCacheData): void {
    this.store.run(this.team, JSON.stringify(data))
  }

  shutdown(): void {
    this.release.run(this.team, this.token)
  }
}
