// The ways to bundle with esbuild: `node esbuild.mjs external-cjs`, and so on.
import { build } from 'esbuild'

/** @type {Record<string, import('esbuild').BuildOptions>} */
const WAYS = {
  // The package stays in node_modules, beside the bundle.
  'external-cjs': { entryPoints: ['app.cjs'], format: 'cjs', external: ['posthog-node-native'] },
  'external-esm': { entryPoints: ['app.mjs'], format: 'esm', external: ['posthog-node-native'] },
  // The bundle needs no node_modules: the addons are copied beside it.
  'copy-cjs': { entryPoints: ['app.cjs'], format: 'cjs', loader: { '.node': 'copy' } },
  'copy-esm': {
    entryPoints: ['app.mjs'],
    format: 'esm',
    loader: { '.node': 'copy' },
    banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)` },
  },
  // A library that imports posthog-node is given the package instead.
  library: {
    entryPoints: ['library.mjs'],
    format: 'esm',
    alias: { 'posthog-node': 'posthog-node-native' },
    external: ['posthog-node-native'],
  },
  // Nothing is copied: posthog-node evaluates flags itself.
  'without-addon': { entryPoints: ['app.cjs'], format: 'cjs', external: ['*.node'] },
}

const way = process.argv[2]
await build({
  bundle: true,
  platform: 'node',
  target: 'node20',
  outdir: `esbuild-${way}`,
  outExtension: { '.js': WAYS[way].format === 'esm' ? '.mjs' : '.cjs' },
  logLevel: 'warning',
  ...WAYS[way],
})
