'use strict'

// Ours, behind the same calls as the oracle. `client` is the whole way through the package's PostHog, `snapshot` the
// evaluator beneath it, which also takes the document as the very text it came in.

const path = require('node:path')
const { openClient } = require('./posthog-node.js')

const root = path.join(__dirname, '../../..')

const client = {
  name: 'posthog-node-native client',
  /**
   * A provider hands the client an object, which goes on as JSON. What JSON.stringify cannot write back (Infinity, read
   * from `1e400`, and -0) is lost there, see docs/parity.md, so both sides get the document without it.
   */
  documentText(text) {
    try {
      return JSON.stringify(JSON.parse(text))
    } catch {
      return text
    }
  },
  async open(documentText, evaluationContexts, source) {
    const { PostHog } = require(root)
    const { client, errors, loadErrors } = await openClient(PostHog, documentText, evaluationContexts, source)
    const poller = client.featureFlagsPoller
    return {
      client,
      loadErrors,
      flags: poller.featureFlags,
      flagsByKey: poller.featureFlagsByKey,
      takeErrors: () => errors.splice(0),
      close: () => client.shutdown(),
      evaluateAll: (context, flagKeys) => poller.getAllFlagsAndPayloads(context, flagKeys),
      evaluate: (key, context, matchValue) =>
        poller.computeFlagAndPayloadLocally(poller.featureFlagsByKey[key], context, { matchValue }),
    }
  },
}

const snapshot = {
  name: 'posthog-node-native snapshot',
  documentText: (text) => text,
  async open(documentText, evaluationContexts, source = 'cache') {
    const { FlagDefinitions } = require(path.join(root, 'lib/addon/load-binding.js'))
    const { Snapshot } = require(path.join(root, 'lib/evaluation/snapshot.js'))
    const errors = []
    const reporter = { error: (error) => errors.push(error.message), debug() {}, debugging: false }
    const loaded = new Snapshot(FlagDefinitions.compile(documentText, source, evaluationContexts ?? []))
    return {
      loadErrors: loaded.problems,
      flags: loaded.featureFlags,
      flagsByKey: loaded.featureFlagsByKey,
      takeErrors: () => errors.splice(0),
      close: async () => {},
      evaluateAll: (context, flagKeys) => loaded.evaluateAll(context, flagKeys, reporter),
      evaluate: (key, context, matchValue) =>
        loaded.evaluate(loaded.featureFlagsByKey[key], context, matchValue, reporter),
    }
  },
}

const contenders = [snapshot, client]

module.exports = { client, snapshot, contenders, root }
