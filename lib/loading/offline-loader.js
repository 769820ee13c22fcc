'use strict'

/** In the place of the `DefinitionLoader` for a client that has all it gets: no request, no timer, no thread. */
class OfflineLoader {
  begin() {}

  /** @returns {import('../addon/binding').FlagPollerBeginning} nothing */
  takeShared() {
    return {}
  }

  /** @returns {undefined} there is nothing to wait for */
  load() {}

  rest() {}

  wake() {}

  /** There is none. */
  get provider() {
    return undefined
  }

  /** It takes no time. */
  get isLoading() {
    return false
  }

  async stop() {}
}

module.exports = { OfflineLoader }
