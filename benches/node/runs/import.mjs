// Imports a package into this process and prints how long that took beyond posthog-node, in milliseconds, as JSON:
// `node benches/node/runs/import.mjs CONTENDER`.
await import('posthog-node')
const startedAt = performance.now()
await import(process.argv[2])
console.log(JSON.stringify({ importBeyond: performance.now() - startedAt }))
