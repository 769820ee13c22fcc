'use strict'

/** A cache-only provider that holds one definitions document as JSON text and hands out a fresh parse of it. */
function providerOf(documentText) {
  return {
    getFlagDefinitions: () => JSON.parse(documentText),
    shouldFetchFlagDefinitions: () => false,
    onFlagDefinitionsReceived() {},
    shutdown() {},
  }
}

/** A `fetch` that answers with one definitions document. */
const definitionsFetch = (documentText) => async () => new Response(documentText, { status: 200 })

/** A `fetch` that reaches no network: `/flags` answers `remoteFlags`, all else an empty object. Keeps the requests. */
function fakeFetch(remoteFlags = {}) {
  const requests = []
  const fetch = async (url, options) => {
    requests.push({ url: String(url), body: options?.body })
    const body = String(url).includes('/flags') ? { flags: remoteFlags, requestId: 'request-1' } : {}
    return { status: 200, headers: { get: () => null }, text: async () => JSON.stringify(body), json: async () => body }
  }
  /** The requests to evaluate flags so far, taken out. */
  const takeFlagRequests = () => requests.splice(0).filter(({ url }) => url.includes('/flags'))
  return { fetch, takeFlagRequests }
}

module.exports = { definitionsFetch, providerOf, fakeFetch }
