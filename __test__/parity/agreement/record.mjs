// Records what posthog-node answers to random documents and contexts, for the Rust core to be held to without Node:
// node __test__/parity/agreement/record.mjs --seed 1
import { createRequire } from 'node:module'
import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '../../../scripts/run.mjs'

// Dates without a zone are read in the local one.
process.env.TZ = 'UTC'

const require = createRequire(import.meta.url)
const { FILE, writeRecorded, encodeValue, mapValues, isRecord, askOracle } = require('./support/recorded-cases.js')
const { Random } = require('../support/random.js')
const { build, toJson, setOwn } = require('../support/spec.js')
const { buildContext } = require('../support/context.js')
const { randomCase } = require('../generate/case.js')
const { randomProperty } = require('../generate/properties.js')
const { contextValue } = require('../generate/values.js')
const { CLOCKS } = require('../generate/dates.js')
const { version } = JSON.parse(readFileSync(path.join(root, 'node_modules/posthog-node/package.json'), 'utf8'))

/** @typedef {{ calls: { context: object, answers: Record<string, unknown> }[] }} RecordedCase */

/** Whole documents, and documents of many flags with one filter each, where no filter hides another. */
const WHOLE_DOCUMENTS = 280
const FILTER_DOCUMENTS = 110
const FILTERS = 40
const CALLS = 8

const { values } = parseArgs({ options: { seed: { type: 'string', default: '1' } } })

await main()

async function main() {
  // posthog-node warns about unresolvable flags at every load.
  console.warn = console.debug = () => {}
  /** @type {RecordedCase[]} */
  const cases = []
  /** @type {Record<string, number>} */
  const dates = {}
  for (let index = 0; cases.length < WHOLE_DOCUMENTS; index++) {
    await record(cases, dates, wholeDocument(index))
  }
  for (let index = 0; cases.length < WHOLE_DOCUMENTS + FILTER_DOCUMENTS; index++) {
    await record(cases, dates, filterDocument(index))
  }
  writeRecorded({ posthogNode: version, seed: values.seed, dates, cases })
  const answers = cases.flatMap(({ calls }) => calls.flatMap((call) => Object.values(call.answers)))
  const without = answers.filter(isRecord).length
  const count = (/** @type {(answer: unknown) => boolean} */ is) => answers.filter(is).length
  console.log(
    `${cases.length} documents, ${answers.length} answers of posthog-node ${version}: ` +
      `${count((answer) => answer === true)} true, ${count((answer) => answer === false)} false, ` +
      `${count((answer) => typeof answer === 'string')} variants, ${without} without a value; ` +
      `${Math.round(statSync(FILE).size / 1024)} KB`
  )
}

/**
 * @param {RecordedCase[]} cases
 * @param {Record<string, number>} dates
 * @param {any} testCase
 */
async function record(cases, dates, testCase) {
  // As it will be read.
  const answers = await askOracle(JSON.parse(toJson(testCase)), dates)
  // What posthog-node rejects as a whole has no answers.
  if (answers?.length) {
    const calls = testCase.calls.map((/** @type {{ context: object }} */ { context }, /** @type {number} */ index) => ({
      context,
      answers: answers[index],
    }))
    cases.push({ ...testCase, calls })
  }
}

/**
 * A document and calls of the parity test.
 *
 * @param {number} index
 */
function wholeDocument(index) {
  const { definitions, evaluationContexts, now, calls } = randomCase(`agreement ${values.seed}`, index)
  const random = new Random(`agreement values ${values.seed}`, index)
  return {
    now,
    definitions: toJson(definitions),
    evaluationContexts: build(evaluationContexts) ?? null,
    calls: calls.flatMap((/** @type {{ context: object }} */ call) =>
      recordedContext(random, buildContext(call.context))
    ),
  }
}

/**
 * A document of flags that have one filter each, on a property of its own.
 *
 * @param {number} index
 */
function filterDocument(index) {
  const random = new Random(`agreement filters ${values.seed}`, index)
  const now = random.pick(CLOCKS) + random.int(1000)
  /** @type {unknown[][]} */
  const related = []
  const flags = random.list(FILTERS, (/** @type {number} */ number) => {
    /** @type {unknown[]} */
    const own = []
    const property = randomProperty(random, { now, add: (_key, more) => own.push(...more) })
    related.push(own)
    return {
      key: `f${number}`,
      active: true,
      filters: { groups: [{ properties: [{ ...property, key: `p${number}` }] }] },
    }
  })
  const calls = random.list(CALLS, () => {
    const person = {}
    related.forEach((own, number) => {
      if (random.chance(0.97)) {
        setOwn(person, `p${number}`, random.chance(0.9) ? random.pick(own) : contextValue(random))
      }
    })
    return buildContext({ distinctId: 'user-1', personProperties: person })
  })
  const version = random.pick([undefined, 2])
  return {
    now,
    definitions: toJson({ flags, cohorts: {}, property_matching_version: version }),
    evaluationContexts: null,
    calls: calls.flatMap((context) => recordedContext(random, context)),
  }
}

/**
 * A context as it is recorded. What only JavaScript can hold gives way to a plain value; nothing is left of a call whose
 * groups are no object.
 *
 * @param {any} random
 * @param {any} context
 */
function recordedContext(random, { distinctId, groups, personProperties, groupProperties }) {
  if (!isRecord(groups) || Object.getPrototypeOf(groups) !== Object.prototype) {
    return []
  }
  const encode = (/** @type {unknown} */ value) =>
    encodeValue(value) ?? random.pick(['pro', 'true', '', 1.5, 5, true, null])
  const context = {
    distinctId: encode(distinctId),
    groups: mapValues(groups, encode),
    person: mapValues(personProperties, encode),
    groupProperties: mapValues(groupProperties, (/** @type {object} */ properties) => mapValues(properties, encode)),
  }
  return [{ context }]
}
