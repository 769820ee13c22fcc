import caches from './caches.js'

export const RedisFlagCache = caches.RedisFlagCache
