// A library that imports posthog-node is given the package instead, which stays in node_modules.
import { nodeResolve } from '@rollup/plugin-node-resolve'

export default {
  input: 'library.mjs',
  plugins: [nodeResolve({ exportConditions: ['node'] })],
  external: ['posthog-node'],
  output: {
    dir: 'rollup-library',
    entryFileNames: '[name].mjs',
    inlineDynamicImports: true,
    paths: { 'posthog-node': 'posthog-node-native' },
  },
}
