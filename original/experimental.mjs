// `posthog-node/experimental`, where this package has the name posthog-node.
export * from 'posthog-node-original/experimental'
