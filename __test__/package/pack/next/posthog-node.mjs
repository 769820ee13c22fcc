// What libraries get that import posthog-node: see next.config.mjs.
export * from 'posthog-node-native'
