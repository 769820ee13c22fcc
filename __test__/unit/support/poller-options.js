'use strict'

/**
 * What a client gives its poller.
 *
 * @param {any[]} log takes what the client is told
 */
function pollerOptions(log) {
  return {
    host: 'http://host.test',
    projectApiKey: 'phc_project_key',
    personalApiKey: 'phs_secret_key',
    /** @type {any} */
    native: {},
    strictLocalEvaluation: false,
    onError: (/** @type {Error} */ error) => log.push(['error', error.name, error.message]),
    onLoad: (/** @type {number} */ count) => log.push(['loaded', count]),
    onMinimalFlagCalledEvents: (/** @type {boolean} */ enabled) => log.push(['minimal', enabled]),
    isAwaited: () => true,
    sendEvents: () => log.push(['send']),
  }
}

module.exports = { pollerOptions }
