'use strict'

/**
 * The files and folders of certificates that the environment names, as the native poller takes them. It must not look for
 * itself: it works on another thread, while JavaScript may change the environment at any time.
 */
function environmentTrust() {
  const { SSL_CERT_FILE, SSL_CERT_DIR, NODE_EXTRA_CA_CERTS } = process.env
  return {
    certificateFile: SSL_CERT_FILE || undefined,
    certificateDirectories: SSL_CERT_DIR || undefined,
    extraCertificates: NODE_EXTRA_CA_CERTS || undefined,
  }
}

module.exports = { environmentTrust }
