'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { environmentTrust } = require('../../lib/requests/environment-trust')

const NAMES = ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS']

test('the environment names a file, folders and certificates in addition, and an empty name is none', (t) => {
  const before = NAMES.map((name) => process.env[name])
  const set = (/** @type {(string | undefined)[]} */ values) =>
    NAMES.forEach((name, index) => {
      const value = values[index]
      if (value === undefined) {
        delete process.env[name]
      } else {
        process.env[name] = value
      }
    })
  t.after(() => set(before))
  set(['/file', '/folder:/other', '/more'])
  assert.deepEqual(environmentTrust(), {
    certificateFile: '/file',
    certificateDirectories: '/folder:/other',
    extraCertificates: '/more',
  })
  const nothing = { certificateFile: undefined, certificateDirectories: undefined, extraCertificates: undefined }
  set(['', '', ''])
  assert.deepEqual(environmentTrust(), nothing)
  set([undefined, undefined, undefined])
  assert.deepEqual(environmentTrust(), nothing)
})
