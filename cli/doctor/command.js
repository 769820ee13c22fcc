'use strict'

const { createRedactor } = require('../../lib/errors/redact.js')
const { name } = require('../../package.json')
const { readDefinitions } = require('../definitions/file.js')
const { Progress } = require('../progress.js')
const { UsageError, parse, refuseMore, wholeNumber } = require('../usage.js')
const { checkDefinitions } = require('./definitions.js')
const { checkInstallation } = require('./installation.js')
const { DEFAULT_HOST, KEYS_HELP, readKeys } = require('./keys.js')
const { takeStdout } = require('./own-stdout.js')
const { checkProvider } = require('./provider.js')
const { Report } = require('./report.js')
const { checkServer } = require('./server.js')

/** @typedef {import('./check.js').Check} Check */

const HELP = `Usage: ${name} doctor [options]

Checks the installation, and, where it is told how, the server, a cache provider and the definitions.

${KEYS_HELP}

Options:
  --definitions FILE  summarize the definitions in this file instead of the server's or the provider's
  --provider FILE     read a flagDefinitionCacheProvider, which the module exports by default: an object, a class that
                      needs no arguments, or a function that returns one. Only getFlagDefinitions is called.
  --provider-write    call all its methods as a client that leads does: shouldFetchFlagDefinitions, which may take the
                      lock; onFlagDefinitionsReceived, with the definitions of the server, or else those that were
                      there; getFlagDefinitions again; shutdown
  --offline           do not ask the server, whatever the environment holds
  --timeout MS        the limit on the request, and on each call of the provider (10000)
  --json              print the result as JSON, see docs/cli.md for its form
  --help              print this

Exit codes: 0 no problem, 1 a problem, 2 used wrongly. Warnings are no problems.
`

/**
 * @param {string[]} argv
 * @param {import('../terminal.js').Io} io
 * @returns {Promise<number>}
 */
async function doctor(argv, io) {
  const { values, positionals } = parse({
    args: argv,
    allowPositionals: true,
    options: {
      definitions: { type: 'string' },
      provider: { type: 'string' },
      'provider-write': { type: 'boolean', default: false },
      offline: { type: 'boolean', default: false },
      timeout: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    io.stdout.write(HELP)
    return 0
  }
  refuseMore(positionals, 0)
  if (values['provider-write'] && values.provider === undefined) {
    throw new UsageError('expected --provider FILE with --provider-write')
  }
  const timeoutMs = wholeNumber('timeout', values.timeout, { most: 2 ** 31 - 1, otherwise: 10_000 })
  const given = values.definitions === undefined ? undefined : readDefinitions(values.definitions, io.cwd)
  const keys = values.offline ? { host: DEFAULT_HOST } : readKeys(io.env)
  const withoutKeys = createRedactor([keys.projectKey?.value, keys.secretKey?.value])
  const redact = (/** @type {string} */ text) => withoutPasswords(withoutKeys(text))
  const report = new Report({ stdout: takeStdout(io.stdout), env: io.env }, { json: values.json, redact })
  const progress = new Progress(io.stderr)

  for await (const check of checkInstallation(io.cwd)) {
    report.add(check)
  }
  const server = values.offline
    ? { checks: [] }
    : await progress.during('asking the server', checkServer(keys, timeoutMs))
  server.checks.forEach((check) => report.add(check))
  const cache =
    values.provider === undefined
      ? { checks: [] }
      : await progress.during(
          'calling the provider',
          checkProvider({
            file: values.provider,
            cwd: io.cwd,
            write: values['provider-write'],
            document: server.document,
            timeoutMs,
          })
        )
  cache.checks.forEach((check) => report.add(check))
  if (given !== undefined) {
    report.add(checkDefinitions(given, String(values.definitions)))
  } else if (server.document !== undefined) {
    report.add(checkDefinitions(server.document, 'the server'))
  } else if (cache.document !== undefined) {
    report.add(checkDefinitions(cache.document, 'the provider'))
  }
  return report.end()
}

/**
 * Addresses without who is named in them, as `redis://user:password@host`.
 *
 * @param {string} text
 */
function withoutPasswords(text) {
  return text.replace(/:\/\/[^/\s"@]*@/g, '://')
}

module.exports = { doctor }
