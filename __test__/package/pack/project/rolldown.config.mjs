export default {
  input: 'app.mjs',
  platform: 'node',
  output: { dir: 'rolldown', entryFileNames: '[name].mjs' },
  external: ['posthog-node-native'],
}
