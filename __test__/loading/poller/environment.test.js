'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { test } = require('node:test')

const { createCertificates } = require('../../support/certificates')
const { DefinitionsServer } = require('../../support/definitions-server')
const { flag } = require('../../support/flags')
const { loadOnce } = require('./support/load-once')

const hasCompiler = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0

test(
  'the environment, which JavaScript may change at any time, is read on the thread of JavaScript alone',
  { skip: hasCompiler ? false : 'expected Linux and a C compiler' },
  async (t) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'environment-'))
    t.after(() => fs.rmSync(folder, { recursive: true }))
    const library = path.join(folder, 'environment-reads.so')
    const source = path.join(__dirname, 'support', 'environment-reads.c')
    const { status, stderr } = spawnSync('cc', ['-shared', '-fPIC', '-o', library, source, '-ldl'], {
      encoding: 'utf8',
    })
    assert.equal(status, 0, stderr)
    const certificates = createCertificates()
    const server = await DefinitionsServer.start({ tls: certificates })
    t.after(async () => {
      await server.close()
      certificates.remove()
    })
    // So many are compiled on a thread of their own, and the memory that this takes is given back on another.
    server.setDefinitions({ flags: Array.from({ length: 20_000 }, (_, index) => flag(`flag-${index}`)) })
    // A name is looked up too, on a thread of its own.
    const url = server.url.replace('127.0.0.1', 'localhost')
    for (const env of [{ SSL_CERT_FILE: certificates.authority }, { NODE_EXTRA_CA_CERTS: certificates.authority }]) {
      const { ready, output } = await loadOnce({ url }, { env: { ...env, LD_PRELOAD: library } })
      assert.ok(ready, output)
      assert.match(output, /^read on .+: NODE_EXTRA_CA_CERTS$/m, 'what is read is seen')
      assert.doesNotMatch(output, /^read on posthog/m)
      assert.doesNotMatch(output, /: RUST_/)
    }
  }
)
