// A library that imports posthog-node is given the package instead, which stays in node_modules.
export default {
  input: 'library.mjs',
  platform: 'node',
  external: ['posthog-node'],
  output: {
    dir: 'rolldown-library',
    entryFileNames: '[name].mjs',
    paths: { 'posthog-node': 'posthog-node-native' },
  },
}
