'use strict'

// The recorded cases of tests/agreement/, which the Rust core answers without Node: documents, contexts, and what
// posthog-node answered.
//
//   { posthogNode, seed, dates: { text: ms }, cases: [{ now, definitions, evaluationContexts, calls: [{ context, answers }] }] }
//
// `definitions` is the document as text. A value of a context is JSON, with `{ js: 'NaN' }` and `{ js: 'undefined' }` for
// what JSON has no text for. An answer is the value of a flag, or why it has none: see `answerOf`.

const fs = require('node:fs')
const path = require('node:path')
const zlib = require('node:zlib')
const oracle = require('../../support/posthog-node.js')
const { stopClockAt, restartClock } = require('../../support/clock.js')
const { rawJson, toJson, setOwn } = require('../../support/spec.js')

const FILE = path.join(__dirname, '../../../../tests/agreement/cases.json.gz')

const readRecorded = () => JSON.parse(zlib.gunzipSync(fs.readFileSync(FILE)).toString())

/** One case a line, so that what is written can be read. */
function writeRecorded({ cases, ...head }) {
  const lines = cases.map(toJson).join(',\n')
  fs.writeFileSync(FILE, zlib.gzipSync(`${toJson(head).slice(0, -1)},"cases":[\n${lines}\n]}\n`, { level: 9 }))
}

const isRecord = (value) => typeof value === 'object' && value !== null

/** A value as it is recorded; undefined if only JavaScript can hold it. */
function encodeValue(value) {
  if (value === undefined || Number.isNaN(value)) {
    return { js: String(value) }
  }
  if (typeof value === 'number') {
    return Object.is(value, -0)
      ? rawJson('-0')
      : Number.isFinite(value)
        ? value
        : rawJson(value > 0 ? '1e400' : '-1e400')
  }
  return isRecord(value) || !['object', 'string', 'boolean'].includes(typeof value) ? undefined : value
}

const decodeValue = (recorded) => (isRecord(recorded) ? (recorded.js === 'NaN' ? NaN : undefined) : recorded)

function mapValues(record, map) {
  const mapped = {}
  for (const key of Object.keys(record)) {
    setOwn(mapped, key, map(record[key]))
  }
  return mapped
}

/** The context of posthog-node's poller that a recorded one stands for. */
const decodeContext = ({ distinctId, groups, person, groupProperties }) => ({
  distinctId: decodeValue(distinctId),
  groups: mapValues(groups, decodeValue),
  personProperties: mapValues(person, decodeValue),
  groupProperties: mapValues(groupProperties, (properties) => mapValues(properties, decodeValue)),
  evaluationCache: {},
})

/** What posthog-node made of one flag: its value, or `{ unresolved }`, `{ server }` with the reason, or `{ throws: true }`. */
async function answerOf(poller, flag, context) {
  try {
    return (await poller.computeFlagAndPayloadLocally(flag, context, { skipLoadCheck: true })).value
  } catch (error) {
    switch (error?.name) {
      case 'InconclusiveMatchError':
        return { unresolved: error.reason }
      case 'RequiresServerEvaluation':
        return { server: error.reason }
      default:
        return { throws: true }
    }
  }
}

/** Whether the Rust core reads a date without JavaScript: `YYYY-MM-DD`, or that with a time and a zone. */
function isReadWithoutJavaScript(text) {
  const form = /^(\d{4})-(\d\d)-(\d\d)(T([01]\d|2[0-3]):\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/
  const [, year, month, day] = form.exec(text) ?? []
  // V8 takes 30 February for the first of March.
  return day !== undefined && Number(day) <= new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
}

function watchDates(dates) {
  globalThis.Date = class extends Date {
    constructor(...parts) {
      super(...parts)
      if (typeof parts[0] === 'string' && !Number.isNaN(this.getTime()) && !isReadWithoutJavaScript(parts[0])) {
        setOwn(dates, parts[0], this.getTime())
      }
    }
  }
}

/**
 * The answers of posthog-node to all flags of a case, by flag key, for each of its calls; undefined if it rejects the
 * document. `dates` collects what posthog-node has JavaScript read as dates.
 */
async function askOracle({ now, definitions, evaluationContexts, calls }, dates = {}) {
  stopClockAt(now)
  watchDates(dates)
  const opened = await oracle.open(definitions, evaluationContexts ?? undefined)
  try {
    if (opened.rejected) {
      return undefined
    }
    const answers = []
    for (const { context } of calls) {
      const byKey = {}
      for (const flag of opened.flags) {
        setOwn(byKey, String(flag.key), await answerOf(opened.client.featureFlagsPoller, flag, decodeContext(context)))
      }
      answers.push(byKey)
    }
    return answers
  } finally {
    restartClock()
    await opened.close()
  }
}

module.exports = { FILE, readRecorded, writeRecorded, encodeValue, mapValues, isRecord, askOracle }
