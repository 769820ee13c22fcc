'use strict'

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

/**
 * @typedef {object} Certificates
 * @property {string} authority the file of the certificate that is to be trusted
 * @property {string} key PEM, as the next one
 * @property {string} cert
 * @property {() => void} remove
 *
 * @typedef {object} CertificateKind
 * @property {string[]} [key] of `openssl req -newkey`
 * @property {string[]} [extensions] of the server's certificate
 * @property {string[]} [authorityExtensions]
 */

/** A key of the curve that everybody knows. */
const EC = ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']

/** Who the servers of the tests are. */
const NAMES = ['subjectAltName=IP:127.0.0.1,DNS:localhost']

/**
 * An authority of our own, and a certificate of it for 127.0.0.1 and localhost, made with `openssl` and valid for a day.
 *
 * @param {CertificateKind} [kind]
 * @returns {Certificates}
 */
function createCertificates({ key = EC, extensions = NAMES, authorityExtensions = [] } = {}) {
  return inDirectory((file) => {
    const authority = ['basicConstraints=critical,CA:TRUE', ...authorityExtensions]
    request('/CN=Authority of a test', key, authority, file('ca'))
    const signature = ['-CA', file('ca.pem'), '-CAkey', file('ca.key')]
    request('/CN=localhost', key, [...extensions, 'basicConstraints=CA:FALSE'], file('server'), signature)
    return 'ca.pem'
  })
}

/**
 * The certificate of a server that has signed it itself, as plain `openssl req -x509` makes it.
 *
 * @param {CertificateKind} [kind]
 * @returns {Certificates}
 */
function createSelfSigned({ key = EC, extensions = NAMES } = {}) {
  return inDirectory((file) => {
    request('/CN=localhost', key, extensions, file('server'))
    return 'server.pem'
  })
}

/**
 * The same as it was made before there were extensions, which is the first version of X.509.
 *
 * @returns {Certificates}
 */
function createFirstVersion() {
  return inDirectory((file) => {
    const [key, wish, certificate] = ['server.key', 'server.csr', 'server.pem'].map(file)
    openssl('req', '-newkey', ...EC, '-nodes', '-subj', '/CN=localhost', '-keyout', key, '-out', wish)
    openssl('x509', '-req', '-in', wish, '-signkey', key, '-days', '1', '-out', certificate)
    return 'server.pem'
  })
}

/**
 * A certificate that has expired, of an authority.
 *
 * @returns {Certificates}
 */
function createExpired() {
  return inDirectory((file) => {
    request('/CN=Authority of a test', EC, ['basicConstraints=critical,CA:TRUE'], file('ca'))
    const [key, wish, certificate] = ['server.key', 'server.csr', 'server.pem'].map(file)
    const names = ['-addext', NAMES[0]]
    openssl('req', '-newkey', ...EC, '-nodes', '-subj', '/CN=localhost', ...names, '-keyout', key, '-out', wish)
    const authority = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial']
    openssl('x509', '-req', '-in', wish, ...authority, '-copy_extensions', 'copy', '-days', '-1', '-out', certificate)
    return 'ca.pem'
  })
}

/**
 * @param {(file: (name: string) => string) => string} create makes server.key and server.pem, and names what is to be trusted
 * @returns {Certificates}
 */
function inDirectory(create) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'certificates-'))
  const file = (/** @type {string} */ name) => path.join(directory, name)
  const authority = create(file)
  return {
    authority: file(authority),
    key: fs.readFileSync(file('server.key'), 'utf8'),
    cert: fs.readFileSync(file('server.pem'), 'utf8'),
    remove: () => fs.rmSync(directory, { recursive: true }),
  }
}

/**
 * @param {string} subject
 * @param {string[]} key
 * @param {string[]} extensions
 * @param {string} file without its ending
 * @param {string[]} [signature]
 */
function request(subject, key, extensions, file, signature = []) {
  const added = extensions.flatMap((extension) => ['-addext', extension])
  const output = ['-keyout', `${file}.key`, '-out', `${file}.pem`]
  openssl(
    'req',
    '-x509',
    '-newkey',
    ...key,
    '-nodes',
    '-days',
    '1',
    '-subj',
    subject,
    ...signature,
    ...added,
    ...output
  )
}

/** @param {...string} args */
function openssl(...args) {
  const { error, status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' })
  if (error !== undefined || status !== 0) {
    throw new Error(`expected openssl, of version 3, to make a certificate: ${error?.message ?? stderr}`)
  }
}

module.exports = { createCertificates, createExpired, createFirstVersion, createSelfSigned }
