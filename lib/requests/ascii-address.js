'use strict'

/** What Node's `fetch` may write otherwise in a host. */
const UNUSUAL = /[^\0-\x7f]|%/

/**
 * An address as Node's `fetch` would ask it, with an international host in ASCII: the addon has no tables for that.
 *
 * @param {string} address
 * @returns {string} the same if it is usual, or no address
 */
function asciiAddress(address) {
  if (!UNUSUAL.test(address) || !URL.canParse(address)) {
    return address
  }
  const { href } = new URL(address)
  // To go on with a path, it has to end as before.
  return href.endsWith('/') && !address.endsWith('/') ? href.slice(0, -1) : href
}

module.exports = { asciiAddress }
