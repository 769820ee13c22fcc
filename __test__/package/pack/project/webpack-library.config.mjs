// A library that imports posthog-node is given the package instead, which stays in node_modules.
export default {
  mode: 'production',
  target: 'node',
  entry: './library.mjs',
  experiments: { outputModule: true },
  output: {
    path: import.meta.dirname + '/webpack-library',
    filename: 'library.mjs',
    module: true,
    library: { type: 'module' },
  },
  externals: { 'posthog-node': 'module posthog-node-native' },
}
