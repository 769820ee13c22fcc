// The package stays in node_modules, beside the bundle.
export default {
  mode: 'production',
  target: 'node',
  entry: './app.mjs',
  experiments: { outputModule: true },
  output: {
    path: import.meta.dirname + '/webpack-external',
    filename: 'app.mjs',
    module: true,
    library: { type: 'module' },
  },
  externals: { 'posthog-node-native': 'module posthog-node-native' },
}
