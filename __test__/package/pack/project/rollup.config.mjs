export default {
  input: 'app.mjs',
  output: { dir: 'rollup', entryFileNames: '[name].mjs' },
  external: ['posthog-node-native'],
}
