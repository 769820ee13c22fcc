// A program in TypeScript, compiled to ES modules, that says posthog-node and means this package.
import { readFile, writeFile } from 'node:fs/promises'
import { PostHog, type PostHogOptions } from 'posthog-node'
import type { FlagDefinitionCacheData, FlagDefinitionCacheInput, FlagDefinitionCacheProvider } from 'posthog-node'

class FileFlagCache implements FlagDefinitionCacheProvider<FlagDefinitionCacheInput> {
  constructor(private readonly file: string) {}

  async getFlagDefinitions(): Promise<FlagDefinitionCacheInput | undefined> {
    return JSON.parse(await readFile(this.file, 'utf8'))
  }

  shouldFetchFlagDefinitions(): boolean {
    return false
  }

  async onFlagDefinitionsReceived(data: FlagDefinitionCacheData): Promise<void> {
    await writeFile(this.file, JSON.stringify(data))
  }

  shutdown(): void {}
}

const options: PostHogOptions = {
  host: process.env.POSTHOG_HOST,
  flagDefinitionCacheProvider: new FileFlagCache('definitions.json'),
  native: { engine: 'auto' },
}
const posthog = new PostHog('phc_clean_room', options)
await posthog.waitForLocalEvaluationReady()
const person = { personProperties: { plan: 'pro' }, onlyEvaluateLocally: true }
const { featureFlags, featureFlagPayloads } = await posthog.getAllFlagsAndPayloads('user-17', person)
const engine: 'native' | 'javascript' | undefined = posthog.localEvaluationEngine
console.log(JSON.stringify({ engine, featureFlags, featureFlagPayloads }))
await posthog.shutdown()
