export * from 'posthog-node/edge'
