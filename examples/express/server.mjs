// Express: one client for all requests, and an end that loses no event. Run it: npm run example express
import express from 'express'
import { PostHog } from 'posthog-node-native'

const posthog = new PostHog(process.env.POSTHOG_PROJECT_KEY, {
  host: process.env.POSTHOG_HOST,
  secretKey: process.env.POSTHOG_SECRET_KEY,
})
posthog.on('error', (error) => console.error(error))
await posthog.waitForLocalEvaluationReady(5_000)

const app = express()

app.get('/', async (request, response) => {
  const { user, plan } = request.query
  const flags = await posthog.evaluateFlags(user, { personProperties: { plan } })
  const layout = flags.getFlag('checkout-layout')
  posthog.capture({ distinctId: user, event: 'page viewed', flags })
  response.json({ layout, engine: posthog.localEvaluationEngine })
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}/?user=user-17&plan=pro`)
})

process.once('SIGTERM', () => server.close(() => posthog.shutdown()))
