// A library that imports posthog-node is bundled, and given the package instead, which stays in node_modules.
export default {
  ssr: { noExternal: ['@flags-sdk/posthog'] },
  build: {
    ssr: 'library.mjs',
    outDir: 'vite-library',
    rollupOptions: {
      external: ['posthog-node'],
      output: { entryFileNames: '[name].mjs', paths: { 'posthog-node': 'posthog-node-native' } },
    },
  },
}
