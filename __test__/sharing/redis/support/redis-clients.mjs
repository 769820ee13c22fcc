// Clients of each package that a cache works with.
import { Cluster, Redis } from 'ioredis'
import { Cluster as ValkeyCluster, Redis as Valkey } from 'iovalkey'
import { createClient, createCluster } from 'redis'

/** What happens to a connection is told by the commands over it. @param {any} client */
const quiet = (client) => client.on('error', () => {})

/**
 * By package: connects to a Redis, or to a cluster by one of its nodes.
 *
 * @type {Record<string, { connect: (port: number, options?: object) => Promise<any>, cluster: (port: number) => Promise<any>, close: (client: any) => unknown }>}
 */
export const CLIENTS = {
  ioredis: {
    connect: async (port, options = {}) => quiet(new Redis(port, '127.0.0.1', { retryStrategy: () => 20, ...options })),
    cluster: async (port) => quiet(new Cluster([{ host: '127.0.0.1', port }])),
    close: (client) => client.disconnect(),
  },
  iovalkey: {
    connect: async (port, options = {}) =>
      quiet(new Valkey(port, '127.0.0.1', { retryStrategy: () => 20, ...options })),
    cluster: async (port) => quiet(new ValkeyCluster([{ host: '127.0.0.1', port }])),
    close: (client) => client.disconnect(),
  },
  redis: {
    connect: (port, options = {}) =>
      quiet(createClient({ socket: { host: '127.0.0.1', port, reconnectStrategy: 20 }, ...options })).connect(),
    cluster: (port) => quiet(createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${port}` }] })).connect(),
    close: (client) => client.destroy(),
  },
}
