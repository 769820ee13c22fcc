// node:cluster: one worker polls PostHog, the others read what it stored in Redis. Run it: npm run example cluster
import cluster from 'node:cluster'
import { createServer } from 'node:http'
import { Redis } from 'ioredis'
import { PostHog } from 'posthog-node-native'
import { RedisFlagCache } from 'posthog-node-native/caches'

if (cluster.isPrimary) {
  for (let worker = 0; worker < 3; worker += 1) {
    cluster.fork()
  }
  // Workers lose no event if the primary ends them and waits.
  process.once('SIGTERM', () =>
    Object.values(cluster.workers ?? {}).forEach((worker) => worker?.process.kill('SIGTERM'))
  )
} else {
  await serve()
}

async function serve() {
  const redis = new Redis(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379', {
    maxRetriesPerRequest: 1,
    commandTimeout: 1_000,
  })
  redis.on('error', (error) => console.error(error.message))
  const posthog = new PostHog(process.env.POSTHOG_PROJECT_KEY, {
    host: process.env.POSTHOG_HOST,
    secretKey: process.env.POSTHOG_SECRET_KEY,
    flagDefinitionCacheProvider: new RedisFlagCache(redis, 'shop'),
  })
  posthog.on('error', (error) => console.error(error))
  await posthog.waitForLocalEvaluationReady(5_000)

  const server = createServer(async (request, response) => {
    const { searchParams } = new URL(request.url, 'http://localhost')
    const [user, plan] = [searchParams.get('user'), searchParams.get('plan')]
    const flags = await posthog.evaluateFlags(user, { personProperties: { plan } })
    const layout = flags.getFlag('checkout-layout')
    response.end(JSON.stringify({ layout, engine: posthog.localEvaluationEngine }))
  })
  server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
    console.log(`http://127.0.0.1:${server.address().port}/?user=user-17&plan=pro`)
  })
  process.once('SIGTERM', () => {
    server.close(async () => {
      await posthog.shutdown()
      await redis.quit()
      process.exit()
    })
  })
}
