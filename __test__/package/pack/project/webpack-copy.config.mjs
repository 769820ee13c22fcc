// The bundle needs no node_modules: node-loader puts the addons beside it.
export default {
  mode: 'production',
  target: 'node',
  entry: './app.cjs',
  output: { path: import.meta.dirname + '/webpack-copy', filename: 'app.cjs' },
  node: { __dirname: false },
  // A server gains little by it.
  optimization: { minimize: false },
  module: { rules: [{ test: /\.node$/, loader: 'node-loader' }] },
}
