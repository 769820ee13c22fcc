'use strict'

// A process with a client that shares definitions by a file. It says what it holds, once it is made and whenever that changes,
// as lines of JSON. Arguments: the options of the client as JSON.

const { PostHog } = require('../../../../index')

const options = JSON.parse(process.argv[2])
const client = /** @type {any} */ (new PostHog('phc_project', options))

/** @param {string} what @param {object} [more] */
function say(what, more) {
  const { origin } = client.featureFlagsPoller
  const flags = Object.keys(client.localEvaluator.getAllFlags('kari')).sort()
  const { source, role } = origin
  process.stdout.write(
    `${JSON.stringify({ what, ready: client.isLocalEvaluationReady(), flags, source, role, ...more })}\n`
  )
}

say('made')
client.on('error', (/** @type {Error} */ error) => say('error', { message: error.message }))
client.on('localEvaluationFlagsLoaded', () => say('loaded'))
process.stdin.on('data', (/** @type {Buffer} */ command) => {
  if (String(command).trim() === 'shutdown') {
    void client.shutdown().then(() => say('shut down'))
  } else {
    say('told')
  }
})
