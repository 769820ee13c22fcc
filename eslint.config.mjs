// Lints the JavaScript. TypeScript files are held to `tsc --strict` instead, which sees more of them.
import js from '@eslint/js'

const nodeGlobals = Object.fromEntries(
  [
    'AbortController',
    'AbortSignal',
    'Buffer',
    'Event',
    'EventTarget',
    'Headers',
    'ReadableStream',
    'Request',
    'Response',
    'TextDecoder',
    'TextEncoder',
    'URL',
    'URLSearchParams',
    'clearImmediate',
    'clearInterval',
    'clearTimeout',
    'console',
    'fetch',
    'performance',
    'process',
    'queueMicrotask',
    'setImmediate',
    'setInterval',
    'setTimeout',
    'structuredClone',
  ].map((name) => [name, 'readonly'])
)
const commonJsGlobals = { __dirname: 'readonly', __filename: 'readonly', module: 'writable', require: 'readonly' }

export default [
  { ignores: ['target/', 'npm/', 'coverage/', 'fuzz/target/'] },
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      curly: ['error', 'multi-line'],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-implicit-coercion': 'error',
      'no-unused-vars': ['error', { args: 'after-used', argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
    },
  },
  {
    // Next.js takes its routes for modules whatever their names end in.
    files: ['**/*.mjs', '__test__/package/pack/next/**/*.js', 'examples/next/**/*.js'],
    languageOptions: { ecmaVersion: 2023, sourceType: 'module', globals: nodeGlobals },
  },
  {
    files: ['**/*.js', '**/*.cjs'],
    ignores: ['__test__/package/pack/next/**', 'examples/next/**'],
    languageOptions: { ecmaVersion: 2023, sourceType: 'commonjs', globals: { ...nodeGlobals, ...commonJsGlobals } },
    rules: { strict: ['error', 'global'] },
  },
  {
    // What a user imports stays silent: messages go through posthog-node's own events and console calls.
    files: ['lib/**/*.js', 'cli/**/*.js', 'index.js', 'index.mjs'],
    rules: { 'no-eval': 'error', 'no-shadow': 'error' },
  },
]
