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
    remedy: 'a proxy or cache between this machine and PostHog answers: let requests for /flags/definitions pass',
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
    message: 'knows the secret key, but this key may not read the flag definitions of this project (403)',
    remedy:
      "use the project's feature flags secret key (phs_…), or a personal API key that may read feature flags there; " +
      'check that it belongs to the project of the API key',
  },
  404: {
    message: 'has no /flags/definitions (404)',
    remedy: "check the host: PostHog's address without a path, or an up-to-date self-hosted PostHog",
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
      remedy: 'check that the firewall allows requests to this host, and whether you need a proxy (HTTPS_PROXY)',
    },
  ],
  [
    /dns error|failed to lookup|ENOTFOUND|EAI_AGAIN/,
    {
      message: 'has a name that cannot be resolved',
      remedy: 'check the spelling of the host, and the DNS of this machine',
    },
  ],
  [
    /certificate|UnknownIssuer|CERT_|SELF_SIGNED|UNABLE_TO_/i,
    {
      message: 'has a certificate that this machine does not trust',
      remedy:
        'add its certificate authority to NODE_EXTRA_CA_CERTS or to the operating system; if an image has no ' +
        'authorities, install ca-certificates',
    },
  ],
  [
    /wrong version number|InvalidContentType|corrupt message|WRONG_VERSION|packet length too long|ERR_SSL/i,
    {
      message: 'does not speak TLS there',
      remedy: 'check the port, and whether the host needs http:// instead of https://',
    },
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
      remedy: 'try again; if this does not help, check proxies and firewalls',
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
      message: `answered with something else than flag definitions: ${cause}`,
      remedy: 'check that the host is PostHog, and not the page of a proxy or a login',
    }
  }
  if (status !== undefined) {
    return STATUSES[status] ?? explainOther(status)
  }
  const [, meaning] = FAILURES.find(([words]) => words.test(cause)) ?? []
  const { message, remedy } = meaning ?? { message: 'cannot be reached', remedy: 'check the host and the network' }
  return { message: `${message} (${cause || 'unknown cause'})`, remedy }
}

/** @param {number} status */
function explainOther(status) {
  return status >= 500
    ? {
        message: `is in trouble (${status})`,
        remedy: 'clients keep their definitions and try again; see https://status.posthog.com',
      }
    : { message: `answered ${status}`, remedy: 'check that the host is PostHog, and check proxies' }
}

module.exports = { explainAnswer }
