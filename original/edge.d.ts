// @ts-ignore: it is installed only where this package has the name posthog-node.
export * from 'posthog-node-original/edge'
