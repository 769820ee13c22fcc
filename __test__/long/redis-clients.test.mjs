// The tests of processes that share definitions, with Redis lost by each of its clients for Node.
process.env.BOTH_REDIS_CLIENTS = '1'
await import('../sharing/redis/sharing.test.mjs')
