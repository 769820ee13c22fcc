'use strict'

/** Where versions of undici, which Node's `fetch` is, keep what makes the requests of the process. */
const DISPATCHERS = [Symbol.for('undici.globalDispatcher.1'), Symbol.for('undici.globalDispatcher.2')]

/** @type {Record<string, number>} */
const DEFAULT_PORTS = { 'http:': 80, 'https:': 443 }

/**
 * The address of the proxy that Node's own `fetch` would use for `address`, from `HTTP_PROXY`, `HTTPS_PROXY` and
 * `NO_PROXY`; `undefined` if it would use none.
 *
 * @param {string} address
 * @returns {string | undefined}
 */
function environmentProxy(address) {
  if (!nodeUsesEnvironmentProxies() || !URL.canParse(address)) {
    return undefined
  }
  const url = new URL(address)
  const { env } = process
  const http = env.http_proxy ?? env.HTTP_PROXY
  const https = env.https_proxy ?? env.HTTPS_PROXY
  const proxy = (url.protocol === 'https:' && https) || http
  return proxy && !isExcluded(url, env.no_proxy ?? env.NO_PROXY ?? '') ? proxy : undefined
}

/**
 * Node says so by what makes its requests. That is the same whether `NODE_USE_ENV_PROXY=1`, `--use-env-proxy` or
 * `NODE_OPTIONS` told it to, false where a version of Node does not know these, and true where somebody made it so with
 * undici's `setGlobalDispatcher`.
 */
function nodeUsesEnvironmentProxies() {
  const globals = /** @type {Record<symbol, any>} */ (globalThis)
  return DISPATCHERS.some((key) => globals[key]?.constructor?.name === 'EnvHttpProxyAgent')
}

/**
 * @param {URL} url
 * @param {string} noProxy
 */
function isExcluded({ protocol, hostname, port }, noProxy) {
  if (noProxy === '*') {
    return true
  }
  const wantedPort = Number(port) || DEFAULT_PORTS[protocol]
  return noProxy
    .split(/[,\s]/)
    .filter(Boolean)
    .some((entry) => {
      const [, name = entry, entryPort] = /^(.+):(\d+)$/.exec(entry) ?? []
      return (!Number(entryPort) || Number(entryPort) === wantedPort) && matches(hostname, name.toLowerCase())
    })
}

/**
 * Since version 7 of undici, with Node 24, a name also stands for what is below it, with or without a dot before it.
 *
 * @param {string} hostname
 * @param {string} entry
 */
function matches(hostname, entry) {
  if (Number.parseInt(process.versions.undici ?? '', 10) >= 7) {
    const name = entry.replace(/^\*?\./, '')
    return hostname === name || hostname.endsWith(`.${name}`)
  }
  return /^[.*]/.test(entry) ? hostname.endsWith(entry.replace(/^\*/, '')) : hostname === entry
}

module.exports = { DISPATCHERS, environmentProxy }
