// Flags of PostHog in a program that asks OpenFeature, which tells it when they change.
import { OpenFeature, ProviderEvents, type Client } from '@openfeature/server-sdk'
import type { PostHog } from 'posthog-node-native'
import { PostHogProvider } from 'posthog-node-native/openfeature'

export interface Visitor {
  id: string
  plan: string
  company: string
}

/** The layout of a shop, which keeps what it has worked out until PostHog's definitions change. */
export class Shop {
  private readonly layouts = new Map<string, Promise<string>>()

  private constructor(private readonly flags: Client) {
    flags.addHandler(ProviderEvents.ConfigurationChanged, (details) => {
      if (details?.flagsChanged?.includes('shop-layout')) this.layouts.clear()
    })
  }

  static async open(posthog: PostHog): Promise<Shop> {
    await OpenFeature.setProviderAndWait('shop', new PostHogProvider(posthog))
    return new Shop(OpenFeature.getClient('shop'))
  }

  /** `'plain'` as long as PostHog does not say otherwise. */
  layoutFor({ id, plan, company }: Visitor): Promise<string> {
    const known = this.layouts.get(id)
    if (known !== undefined) return known
    // The targeting key is the distinct id; what is not named otherwise is a property of the person.
    const context = { targetingKey: id, plan, groups: { company } }
    const layout = this.flags.getStringValue('shop-layout', 'plain', context)
    this.layouts.set(id, layout)
    return layout
  }
}
