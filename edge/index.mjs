// Edge runtimes load no native addons: there, this package is posthog-node's own edge build.
export * from 'posthog-node/edge'
