// Nothing to say: in a build for the server, vite leaves dependencies external.
export default {
  build: { ssr: 'app.mjs', outDir: 'vite', rollupOptions: { output: { entryFileNames: '[name].mjs' } } },
}
