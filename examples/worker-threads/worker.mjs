// Evaluates flags with the definitions that the main thread sends. It makes no requests.
import { parentPort, threadId } from 'node:worker_threads'
import { LocalEvaluator } from 'posthog-node-native'

let evaluator

parentPort.on('message', ({ definitions, user, plan }) => {
  if (definitions !== undefined) {
    evaluator = new LocalEvaluator(definitions)
    return
  }
  const layout = evaluator.getFeatureFlag('checkout-layout', user, { personProperties: { plan } })
  parentPort.postMessage({ thread: threadId, user, layout })
})
