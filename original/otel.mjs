// `posthog-node/otel`, where this package has the name posthog-node.
export * from 'posthog-node-original/otel'
