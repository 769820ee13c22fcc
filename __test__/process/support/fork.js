'use strict'

// Forks itself while the client of the parent is in the middle of a request.
const { fork } = require('node:child_process')
const { once } = require('node:events')

const { PostHog } = require('../../..')

async function main() {
  const host = process.argv[2]
  const isParent = process.send === undefined
  const client = new PostHog('phc_project', { host, secretKey: 'phs_secret', featureFlagsPollingInterval: 100 })
  const exit = isParent ? once(fork(__filename, [host]), 'exit') : undefined
  await client.waitForLocalEvaluationReady()
  const answer = await client.getFeatureFlag('on', 'somebody', { onlyEvaluateLocally: true })
  console.log(isParent ? 'parent' : 'child', answer)
  if (exit !== undefined) console.log('exit', JSON.stringify(await exit))
  await client.shutdown()
}

main()
