'use strict'

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

/**
 * An authority of our own, and a certificate of it for 127.0.0.1 and localhost, made with `openssl` and valid for a day.
 *
 * @returns {{ authority: string, key: string, cert: string, remove: () => void }} `authority` is the file of its
 *   certificate; the other two are PEM texts
 */
function createCertificates() {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'certificates-'))
  const file = (/** @type {string} */ name) => path.join(directory, name)
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1']
  const authority = [
    '-x509',
    ...key,
    '-subj',
    '/CN=Authority of a test',
    '-addext',
    'basicConstraints=critical,CA:TRUE',
  ]
  openssl('req', ...authority, '-keyout', file('ca.key'), '-out', file('ca.pem'))
  const server = ['-x509', ...key, '-subj', '/CN=localhost', '-CA', file('ca.pem'), '-CAkey', file('ca.key')]
  const names = ['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost', '-addext', 'basicConstraints=CA:FALSE']
  openssl('req', ...server, ...names, '-keyout', file('server.key'), '-out', file('server.pem'))
  return {
    authority: file('ca.pem'),
    key: fs.readFileSync(file('server.key'), 'utf8'),
    cert: fs.readFileSync(file('server.pem'), 'utf8'),
    remove: () => fs.rmSync(directory, { recursive: true }),
  }
}

/** @param {...string} args */
function openssl(...args) {
  const { error, status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' })
  if (error !== undefined || status !== 0) {
    throw new Error(`expected openssl, of version 3, to make a certificate: ${error?.message ?? stderr}`)
  }
}

module.exports = { createCertificates }
