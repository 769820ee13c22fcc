// NestJS: one client as a provider, ended with the application; PostHogInterceptor of posthog-node takes it as well.
// Run it: npm run example nestjs
import 'reflect-metadata'
import { Controller, Get, Global, Inject, Module, Query, type OnApplicationShutdown } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { PostHog } from 'posthog-node-native'
import { PostHogInterceptor } from 'posthog-node/nestjs'

class PostHogService extends PostHog implements OnApplicationShutdown {
  constructor() {
    super(process.env.POSTHOG_PROJECT_KEY!, {
      host: process.env.POSTHOG_HOST,
      secretKey: process.env.POSTHOG_SECRET_KEY,
    })
    this.on('error', (error: unknown) => console.error(error))
  }

  async onApplicationShutdown(): Promise<void> {
    await this.shutdown()
  }
}

const postHogProvider = {
  provide: PostHogService,
  async useFactory() {
    const posthog = new PostHogService()
    await posthog.waitForLocalEvaluationReady(5_000)
    return posthog
  },
}

@Global()
@Module({ providers: [postHogProvider], exports: [PostHogService] })
class PostHogModule {}

@Controller()
class CheckoutController {
  constructor(@Inject(PostHogService) private readonly posthog: PostHogService) {}

  @Get()
  async show(@Query('user') user: string, @Query('plan') plan: string) {
    const flags = await this.posthog.evaluateFlags(user, { personProperties: { plan } })
    const layout = flags.getFlag('checkout-layout')
    this.posthog.capture({ distinctId: user, event: 'page viewed', flags })
    return { layout, engine: this.posthog.localEvaluationEngine }
  }
}

@Module({ imports: [PostHogModule], controllers: [CheckoutController] })
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] })
app.enableShutdownHooks()
app.useGlobalInterceptors(new PostHogInterceptor(app.get(PostHogService), { captureExceptions: true }))
await app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')
console.log(`${await app.getUrl()}/?user=user-17&plan=pro`)
