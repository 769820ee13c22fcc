'use strict'

const { createRedactor } = require('../../lib/errors/redact.js')
const { name } = require('../../package.json')
const { readDefinitions } = require('../definitions/file.js')
const { Progress } = require('../progress.js')
const { UsageError, parse, readTimezone, refuseMore, wholeNumber } = require('../usage.js')
const { checkDefinitions } = require('./definitions.js')
const { checkInstallation } = require('./installation.js')
const { DEFAULT_HOST, KEYS_HELP, readKeys } = require('./keys.js')
const { takeStdout } = require('./own-stdout.js')
const { checkProvider } = require('./provider.js')
const { Report } = require('./report.js')
const { checkSemantics } = require('./semantics.js')
const { checkServer } = require('./server.js')

/** @typedef {import('./check.js').Check} Check */

const HELP = `Usage: ${name} doctor [options]

Checks the installation. With keys it also checks the server, with --provider a cache provider. It lists the flags that
cannot be decided locally.

${KEYS_HELP}

Options:
  --definitions FILE  check the definitions in this file instead of those of the server or the provider
  --timezone ZONE     the project's time zone, for what the report says about semantics: 'server'
  --provider FILE     check a flagDefinitionCacheProvider. It is the default export of this module: an object, a class
                      without constructor arguments, or a function that returns an object. Only getFlagDefinitions
                      is called.
  --provider-write    call all methods, as a leader does: shouldFetchFlagDefinitions (this may take the lock);
                      onFlagDefinitionsReceived with the definitions of the server, or else those of the cache;
                      getFlagDefinitions again; shutdown
  --offline           do not ask the server, even if there are keys in the environment
  --timeout MS        the limit on the request, and on each call of the provider (10000)
  --json              print the result as JSON; docs/cli.md in the repository describes its fields
  --help              print this

Exit codes: 0 no problem (there may be warnings), 1 a problem was found, 2 the command was used wrongly.
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
      timezone: { type: 'string' },
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
  const timezone = readTimezone(values.timezone)
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
  const found = [
    { document: given, source: String(values.definitions) },
    { document: server.document, source: 'the server' },
    { document: cache.document, source: 'the provider' },
  ].find(({ document }) => document !== undefined)
  if (found?.document !== undefined) {
    const checks = checkFlags(found.document, found.source, timezone)
    checks.forEach((check) => report.add(check))
  }
  return report.end()
}

/**
 * How the flags of a document are decided, and what other semantics would change about that.
 *
 * @param {import('../definitions/file.js').Document} document
 * @param {string} source where it is from, in words
 * @param {string | undefined} timezone
 * @returns {Check[]}
 */
function checkFlags(document, source, timezone) {
  const check = checkDefinitions(document, source)
  const undecided = /** @type {{ key: string }[] | undefined} */ (check.data?.undecided)
  return undecided === undefined
    ? [check]
    : [check, checkSemantics(document, { source, undecided: undecided.map(({ key }) => key), timezone })]
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
