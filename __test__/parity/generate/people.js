'use strict'

// The people and companies of an ordinary project.

const DAY = 86_400_000

const COUNTRIES = ['US', 'DE', 'FR', 'GB', 'BR', 'IN', 'JP', 'NL']
const PLANS = ['free', 'starter', 'pro', 'business', 'enterprise']
const DOMAINS = ['acme.com', 'hedgehog.example', 'gmail.com', 'example.org', 'univ.edu', 'Corp.Example.COM']
const NAMES = ['ada', 'grace', 'linus', 'margaret', 'alan', 'barbara', 'edsger', 'katherine', 'josé', 'zoë']
const BROWSERS = ['Chrome', 'Safari', 'Firefox', 'Edge', 'Mobile Safari']
const INDUSTRIES = ['software', 'retail', 'health', 'finance']

const emailOf = (random) =>
  `${random.pick(NAMES)}${random.pick(['', '', '.', '+test', random.int(50)])}@${random.pick(DOMAINS)}`
const versionOf = (random) =>
  `${random.int(4)}.${random.int(12)}.${random.int(10)}${random.pick(['', '', '', '-beta.1', '+7'])}`

function dateOf(random, now) {
  const date = new Date(now - random.int(800) * DAY - random.int(DAY))
  return random.pick([
    date.toISOString(),
    date.toISOString().slice(0, 10),
    date.toISOString().slice(0, 19),
    date.getTime(),
  ])
}

/** How a project's own code spells a value: mostly right. */
const spelled = (random, value) =>
  random.chance(0.94) ? value : random.pick([String(value).toUpperCase(), `${value} `, String(value), [value], null])

/** Properties of a person, some of which are not known for everyone. */
function personOf(random, now) {
  const all = {
    email: emailOf(random),
    plan: random.pick(PLANS),
    country: random.pick(COUNTRIES),
    app_version: versionOf(random),
    signed_up: dateOf(random, now),
    last_seen: new Date(now - random.int(60) * DAY).toISOString(),
    seats: random.int(200),
    orders: random.int(30),
    spent: random.int(100_000) / 100,
    is_admin: random.chance(0.3),
    beta_tester: random.pick([true, false, 'true', 'false']),
    browser: random.pick(BROWSERS),
    locale: `${random.pick(['en', 'de', 'pt'])}-${random.pick(COUNTRIES)}`,
  }
  const person = random.chance(0.9) ? { $device_id: `device-${random.int(10_000)}` } : {}
  const known = random.pick([0.6, 0.8, 1])
  for (const key of Object.keys(all)) {
    if (random.chance(known)) {
      person[key] = spelled(random, all[key])
    }
  }
  return person
}

const companyOf = (random) => ({
  name: random.pick(['Acme', 'Hedgehog Ltd', 'Müller GmbH']),
  industry: random.pick(INDUSTRIES),
  employees: random.int(5000),
  plan: random.pick(PLANS),
})

/** What a call passes about one person. */
function contextOf(random, now) {
  const groups = {}
  const groupProperties = {}
  for (const [type, chance] of Object.entries({ company: 0.7, workspace: 0.4 })) {
    if (random.chance(chance)) {
      groups[type] = `${type}-${random.int(500)}`
      if (random.chance(0.85)) {
        groupProperties[type] = companyOf(random)
      }
    }
  }
  return { distinctId: `user-${random.int(100_000)}`, groups, personProperties: personOf(random, now), groupProperties }
}

module.exports = { COUNTRIES, PLANS, DOMAINS, BROWSERS, INDUSTRIES, emailOf, versionOf, dateOf, contextOf }
