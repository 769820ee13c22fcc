export default {
  output: 'standalone',
  outputFileTracingRoot: import.meta.dirname,
  serverExternalPackages: ['posthog-node-native'],
  // For libraries that make the client themselves, as @posthog/next does.
  turbopack: { root: import.meta.dirname, resolveAlias: { 'posthog-node': './posthog-node.mjs' } },
  // The same with `next build --webpack`.
  webpack(config) {
    config.resolve.alias['posthog-node$'] = `${import.meta.dirname}/posthog-node.mjs`
    return config
  },
}
