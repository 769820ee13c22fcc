// Builds the clients as the README shows, this package's and posthog-node's own, and records what they report.
import path from 'node:path'
import { PostHog as StockPostHog } from 'posthog-node'
import { PostHog, type PostHogOptions } from 'posthog-node-native'
import { RedisFlagCache, type RedisClient } from 'posthog-node-native/caches'
import type { Project } from './posthog-server'

/** A loaded client with everything it warned of or raised as `error`. */
export interface LoadedClient {
  client: StockPostHog
  reports: string[]
}

/** The demo's cache: in a file, or in Redis if `REDIS_URL` says where. */
export interface OpenCache {
  description: string
  /** Where this package's client finds it. */
  options: Pick<PostHogOptions, 'flagDefinitionCacheProvider' | 'native'>
  close(): Promise<void>
}

/** This package's client, with a cache: a posthog-node client in everything but the import. */
export function createNativeClient(host: string, project: Project, cache?: OpenCache['options']): StockPostHog {
  return new PostHog(project.token, {
    host,
    secretKey: project.secretKey,
    ...cache,
    evaluationContexts: ['production', 'backend'],
    disableGeoip: true,
  })
}

/** The same with the semantics of PostHog's server, for a project whose time zone is Berlin's. */
export function createServerSemanticsClient(host: string, project: Project): StockPostHog {
  return new PostHog(project.token, {
    host,
    secretKey: project.secretKey,
    native: { semantics: 'server', timezone: 'Europe/Berlin', propertiesAreComplete: true },
    evaluationContexts: ['production', 'backend'],
    disableGeoip: true,
  })
}

/** posthog-node's own client with the same options. */
export function createStockClient(host: string, project: Project): StockPostHog {
  return new StockPostHog(project.token, {
    host,
    secretKey: project.secretKey,
    evaluationContexts: ['production', 'backend'],
    disableGeoip: true,
  })
}

/** Creates a client and waits until it evaluates locally, collecting what it reports meanwhile. */
export function load(create: () => StockPostHog): { client: StockPostHog; loaded: Promise<LoadedClient> } {
  const reports: string[] = []
  const client = create()
  client.on('error', (error: Error) => reports.push(`error: ${error.message}`))
  const loaded = collectWarnings(reports, async () => {
    if (!(await client.waitForLocalEvaluationReady(10_000))) {
      throw new Error(`no flag definitions within 10 s; reported: ${reports.join('; ') || 'nothing'}`)
    }
    return { client, reports }
  })
  return { client, loaded }
}

/** Runs `task` with `console.warn` diverted into `warnings`, so that they can be compared and shown in their place. */
export async function collectWarnings<Result>(warnings: string[], task: () => Promise<Result>): Promise<Result> {
  const { warn } = console
  console.warn = (...parts: unknown[]) => warnings.push(parts.join(' '))
  try {
    return await task()
  } finally {
    console.warn = warn
  }
}

/** Opens the cache that the demo shares definitions through. */
export async function openCache(directory: string): Promise<OpenCache> {
  const url = process.env.REDIS_URL
  if (!url) {
    return {
      description: 'native.file (set REDIS_URL for Redis)',
      options: { native: { file: path.join(directory, 'posthog-flags') } },
      close: async () => {},
    }
  }
  const redis = await connectRedis(url)
  return {
    description: 'RedisFlagCache at REDIS_URL',
    options: {
      flagDefinitionCacheProvider: new RedisFlagCache(redis.client, `demo-${process.pid}`, {
        definitionsTtlMs: 60_000,
      }),
    },
    close: redis.close,
  }
}

/** Connects with whichever client package is installed; neither is a dependency of this one. */
async function connectRedis(url: string): Promise<{ client: RedisClient; close: () => Promise<void> }> {
  const ioredis = await importIfInstalled('ioredis')
  if (ioredis) {
    const client = new ioredis.Redis(url)
    return { client, close: async () => void (await client.quit()) }
  }
  const redis = await importIfInstalled('redis')
  if (redis) {
    const client = redis.createClient({ url })
    await client.connect()
    return { client, close: async () => void (await client.quit()) }
  }
  throw new Error(
    'REDIS_URL is set; expected the package ioredis or redis to be installed: npm install --no-save ioredis'
  )
}

async function importIfInstalled(name: string): Promise<any> {
  try {
    return await import(name)
  } catch (error) {
    if (/^(ERR_)?MODULE_NOT_FOUND$/.test((error as NodeJS.ErrnoException).code ?? '')) {
      return undefined
    }
    throw error
  }
}
