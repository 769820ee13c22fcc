// The tests of processes that share definitions, with iovalkey too, and with Redis lost by each of its clients for Node.
process.env.ALL_REDIS_CLIENTS = '1'
await import('../sharing/redis/sharing.test.mjs')
