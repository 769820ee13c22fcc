'use strict'

/** Which part of the JavaScript may import which; `npm test -- --only imports` checks it. Types in JSDoc count as well. */
module.exports = {
  forbidden: [
    {
      name: 'no-circle',
      comment: 'A file that imports itself, by way of others, cannot be read without them.',
      severity: 'error',
      from: { path: '^(lib|cli)/' },
      to: { circular: true },
    },
    {
      name: 'evaluation-stands-alone',
      comment: 'Evaluation does not know where definitions come from, nor which client asks.',
      severity: 'error',
      from: { path: '^lib/evaluation/' },
      to: { path: '^lib/(client|loading)/', reachable: true },
    },
    {
      name: 'the-package-without-the-command',
      comment: 'A program that imports the package never loads the command line.',
      severity: 'error',
      from: { path: '^(lib|edge|caches|openfeature|testing)/|^index\\.' },
      to: { path: '^(cli|bin)/', reachable: true },
    },
    {
      name: 'the-package-without-its-subpaths',
      comment: 'A program that imports the package loads neither the ready-made caches nor what is for tests.',
      severity: 'error',
      from: { path: '^index\\.' },
      to: { path: '^(caches|openfeature|testing|lib/caches|lib/openfeature|lib/testing)/', reachable: true },
    },
    {
      name: 'scripts-without-tests',
      comment:
        'Scripts make the package and its documents; tests check them, and may use them, not the other way round.',
      severity: 'error',
      from: { path: '^scripts/' },
      to: { path: '^__test__/', reachable: true },
    },
    {
      name: 'nothing-missing',
      comment: 'An import that cannot be found would hide all that lies behind it.',
      severity: 'error',
      from: { path: '^(lib|cli|edge|caches|openfeature|testing|scripts)/' },
      to: { couldNotResolve: true, pathNot: '\\.node$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(target|npm|coverage)/' },
    detectJSDocImports: true,
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['require', 'import', 'node', 'default', 'types'],
    },
    parser: 'tsc',
    skipAnalysisNotInRules: true,
  },
}
