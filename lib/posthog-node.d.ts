/** posthog-node's types, by the name under which it is installed: lib/original.js finds the same at run time. */

// Where both names are known, the first one counts.
// @ts-ignore: it is installed only where this package has the name posthog-node.
export * from 'posthog-node-original'
// @ts-ignore: what both names export.
export * from 'posthog-node'
