'use strict'

/**
 * What an answer of the server means, and what to do about it.
 *
 * @typedef {{ message: string, remedy: string }} Meaning
 */

/** @type {Record<number, Meaning>} */
const STATUSES = {
  304: {
    message: 'answered 304, not modified, to a request that named no ETag',
    remedy: 'something between answers from a cache of its own: let requests for /flags/definitions pass it',
  },
  401: {
    message: 'does not know the project API key or the secret key (401)',
    remedy:
      'take both keys from the settings of the same project, and the host of its region: https://us.i.posthog.com, ' +
      'https://eu.i.posthog.com, or your own',
  },
  402: {
    message: 'says that the quota for feature flag requests is used up (402): all flags are off until it is renewed',
    remedy:
      'raise the billing limit, see https://posthog.com/docs/billing/limits-alerts; a shared cache saves requests',
  },
  403: {
    message: 'knows the secret key, which may not read flag definitions of this project (403)',
    remedy:
      "use the project's feature flags secret key (phs_…), or a personal API key that may read feature flags there; " +
      'check that it belongs to the project of the API key',
  },
  404: {
    message: 'has no /flags/definitions (404)',
    remedy: "check the host: PostHog's address without a path, or a self-hosted PostHog that is up to date",
  },
  429: {
    message: 'was asked too often (429)',
    remedy: 'let processes share definitions through a flagDefinitionCacheProvider, or poll less often',
  },
}

/** What keeps an answer from coming, by the words of the transports. @type {[RegExp, Meaning][]} */
const FAILURES = [
  [
    /timed out/,
    {
      message: 'did not answer in time',
      remedy: 'check that a firewall lets requests to the host out, and whether a proxy is needed (HTTPS_PROXY)',
    },
  ],
  [
    /dns error|failed to lookup|ENOTFOUND|EAI_AGAIN/,
    {
      message: 'has a name that cannot be resolved',
      remedy: 'check the host for typing errors, and the DNS of this machine',
    },
  ],
  [
    /certificate|UnknownIssuer|CERT_|SELF_SIGNED|UNABLE_TO_/i,
    {
      message: 'shows a certificate that is not trusted here',
      remedy:
        'name the authority that signed it in NODE_EXTRA_CA_CERTS, or add it to the operating system; in an image without ' +
        'authorities, install ca-certificates',
    },
  ],
  [
    /wrong version number|InvalidContentType|corrupt message|WRONG_VERSION|packet length too long|ERR_SSL/i,
    { message: 'does not speak TLS there', remedy: 'check the port, and http:// against https:// in the host' },
  ],
  [
    /refused/i,
    { message: 'refuses connections', remedy: 'check the host and the port, and that the server is running' },
  ],
  [
    /unknown scheme|has the protocol/i,
    { message: 'has no usable address', remedy: 'add http:// or https:// before the host' },
  ],
  [/proxy/i, { message: 'cannot be reached through the proxy', remedy: 'check HTTPS_PROXY, HTTP_PROXY and NO_PROXY' }],
  [
    /builder error|relative URL|Invalid URL|invalid port|URL scheme|Failed to parse URL|the host (is|has|includes)|includes credentials/i,
    { message: 'has no usable address', remedy: 'expected an address such as https://us.i.posthog.com' },
  ],
  [
    /reset|closed|incomplete|end of file|SocketError|terminated|other side/i,
    {
      message: 'cut the connection',
      remedy: 'try again; if it stays so, look at what is between, such as a proxy or a firewall',
    },
  ],
]

/**
 * @param {import('./definitions-request.js').Answer} answer one without definitions
 * @returns {Meaning}
 */
function explainAnswer({ status, cause = '' }) {
  if (status === 200) {
    return {
      message: `answered with something that is no definitions document: ${cause}`,
      remedy: 'check that the host is PostHog, and not a page of a proxy or of a login',
    }
  }
  if (status !== undefined) {
    return STATUSES[status] ?? explainOther(status)
  }
  const [, meaning] = FAILURES.find(([words]) => words.test(cause)) ?? []
  const { message, remedy } = meaning ?? { message: 'cannot be reached', remedy: 'check the host and the network' }
  return { message: `${message} (${cause || 'no cause is known'})`, remedy }
}

/** @param {number} status */
function explainOther(status) {
  return status >= 500
    ? {
        message: `is in trouble (${status})`,
        remedy: 'clients keep the definitions they hold and try again; see https://status.posthog.com',
      }
    : { message: `answered ${status}`, remedy: 'check that the host is PostHog, and what is between' }
}

module.exports = { explainAnswer }
