import redisFlagCache from '../lib/caches/redis-flag-cache.js'

export const RedisFlagCache = redisFlagCache.RedisFlagCache
