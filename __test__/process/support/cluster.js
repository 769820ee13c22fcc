'use strict'

// A primary with a client of its own and two workers with one each; every process prints what its flag answers.
const cluster = require('node:cluster')
const { once } = require('node:events')

const { PostHog } = require('../../..')

async function main() {
  const host = process.argv[2]
  const client = new PostHog('phc_project', { host, secretKey: 'phs_secret', featureFlagsPollingInterval: 100 })
  await client.waitForLocalEvaluationReady()
  if (cluster.isPrimary) {
    const workers = [cluster.fork(), cluster.fork()]
    await Promise.all(workers.map((worker) => once(worker, 'message')))
    const exits = workers.map((worker) => once(worker, 'exit'))
    workers.forEach((worker) => worker.send('end'))
    console.log('exits', JSON.stringify(await Promise.all(exits)))
  } else {
    process.send('ready')
    await once(process, 'message')
  }
  const answer = await client.getFeatureFlag('on', 'somebody', { onlyEvaluateLocally: true })
  console.log(cluster.isPrimary ? 'primary' : 'worker', answer)
  await client.shutdown()
  if (cluster.isWorker) cluster.worker.disconnect()
}

main()
