// Compiled, never run: the clients of each package that RedisFlagCache takes are of the types that it asks for.
import { Cluster, Redis } from 'ioredis'
import { Cluster as ValkeyCluster, Redis as Valkey } from 'iovalkey'
import { PostHog } from 'posthog-node-native'
import { RedisFlagCache } from 'posthog-node-native/caches'
import { createClient, createClientPool, createCluster, createSentinel } from 'redis'

const sentinel = createSentinel({ name: 'shop', sentinelRootNodes: [{ host: '127.0.0.1', port: 26379 }] })

export const caches = [
  new RedisFlagCache(new Redis(), 'shop', { subscribe: new Redis() }),
  new RedisFlagCache(new Cluster([]), 'shop', { subscribe: true }),
  new RedisFlagCache(new Valkey(), 'shop'),
  new RedisFlagCache(new ValkeyCluster([]), 'shop'),
  new RedisFlagCache(createClient(), 'shop', { subscribe: createClient() }),
  new RedisFlagCache(createClient({ RESP: 3 }), 'shop'),
  new RedisFlagCache(createClientPool(), 'shop'),
  new RedisFlagCache(createCluster({ rootNodes: [] }), 'shop'),
  new RedisFlagCache(sentinel, 'shop'),
]

export const clients = caches.map((cache) => new PostHog('phc_example', { flagDefinitionCacheProvider: cache }))
