// The people for whom the demo evaluates flags. Together they reach every outcome of the project's flags.
import type { LocalEvaluationOptions } from 'posthog-node-native'

export interface Person {
  name: string
  distinctId: string
  context: LocalEvaluationOptions
}

/** A time this many days before now, so that relative dates keep their meaning. */
function daysAgo(days: number): string {
  return new Date(Date.now() - days * 24 * 60 * 60_000).toISOString()
}

export const people: Person[] = [
  {
    name: 'Ada',
    distinctId: 'user-17',
    context: {
      personProperties: {
        $device_id: 'device-ada',
        '$feature_enrollment/early-access': 'true',
        app_version: '2.4.1',
        country: 'DE',
        crm_id: 'C-1815',
        desks: 8,
        email: 'ada@hedgehog.example',
        last_order: 'ord_0a1b2c3d',
        last_seen: daysAgo(1),
        locale: 'de-DE',
        loyalty_card: '4000-17',
        orders: 37,
        phone: '+49 30 901820',
        plan: 'enterprise',
        refunds: 1,
        role: 'admin',
        seats: 120,
        sessions_30d: 44,
        signed_up: '2024-05-17T09:30:00Z',
        theme: 'dark',
        user_agent: 'Mozilla/5.0 (X11; Linux x86_64)',
        username: 'ada',
      },
      groups: { company: 'analytical-engines', workspace: 'difference' },
      groupProperties: { company: { region: 'eu', seats: 120 } },
    },
  },
  {
    name: 'Grace',
    distinctId: 'user-61',
    context: {
      personProperties: {
        $device_id: 'device-grace',
        '$feature_enrollment/early-access': 'false',
        app_version: '2.5.0-beta.2',
        country: 'US',
        crm_id: null,
        desks: '8',
        email: 'grace@navy.edu',
        guest: false,
        last_seen: daysAgo(140),
        locale: 'en-US',
        orders: 3,
        phone: '555 0100',
        plan: 'pro',
        refunds: 0,
        seats: '8',
        sessions_30d: 2,
        signed_up: daysAgo(400),
        theme: 'light',
        user_agent: 'Mozilla/5.0 (Macintosh)',
      },
      groups: { company: 'compilers' },
      groupProperties: { company: { region: 'us', seats: 8 } },
    },
  },
  {
    name: 'Kari',
    distinctId: 'user-105',
    context: {
      personProperties: {
        app_version: '2.1.4',
        country: 'NO',
        email: 'kari@fjord.example',
        last_order: '1047',
        last_seen: daysAgo(3),
        locale: 'nb-NO',
        orders: 14,
        phone: '+47 22 22 22 22',
        plan: 'free',
        postcode: 5003,
        signed_up: daysAgo(12),
        theme: 'Dark',
        username: 'kåri',
      },
    },
  },
  {
    name: 'a guest',
    distinctId: '01970a6e-3c2f-7d31-9a55-6f2b8d1c4e90',
    context: { personProperties: { country: 'CH', guest: true, locale: 'de-CH', user_agent: 'ExampleBot/1.0' } },
  },
  { name: 'unknown', distinctId: 'user-31', context: {} },
]
