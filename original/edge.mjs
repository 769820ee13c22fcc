// `posthog-node/edge`, where this package has the name posthog-node.
export * from 'posthog-node-original/edge'
