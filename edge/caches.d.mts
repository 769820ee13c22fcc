export * from './caches.js'
