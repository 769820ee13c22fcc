// What a process holds while it evaluates, loads and has worker threads come and go is sampled; a line is laid through the
// samples of the second half.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import allocated from '../../process/support/allocated.js'
import definitionsServer from '../../support/definitions-server.js'
import { definitionsOf } from '../../process/endurance/support/definitions.mjs'
import { report } from '../../process/endurance/support/report.mjs'
import { judge } from '../../process/endurance/support/slope.mjs'

const { DefinitionsServer } = definitionsServer
const SUBJECT = fileURLToPath(new URL('../../process/endurance/support/subject.js', import.meta.url))
/** Of the definitions; four of five reloads are answered 304. */
const CHANGE_EVERY_MS = 500
/** As many samples as a line can be laid through half of. */
const FEWEST_SAMPLES = 20
/** What is shorter warms up until it ends, which looks like growth. */
const SHORTEST_MINUTES = 0.5

/** @type {import('./main.mjs').Scenario['options']} */
export const options = {
  minutes: { type: 'string' },
  evaluations: { type: 'string' },
  plant: { type: 'boolean', default: false },
  'sample-every': { type: 'string' },
}

/** @type {import('./main.mjs').Scenario['run']} */
export async function run(values, folder) {
  const evaluations = amount('evaluations', values.evaluations)
  const minutes = amount('minutes', values.minutes ?? (evaluations > 0 ? undefined : '10'))
  const addon = await allocated.compileAllocated(folder)
  const sampleEveryMs = Number(values['sample-every'] ?? (minutes > 0 ? Math.min(1000, minutes * 750) : 1000))
  /** A sample is taken after a worker thread, of which there must be enough in a short run. */
  const workerEveryMs = Math.min(400, minutes * 600)
  const server = await DefinitionsServer.start()
  let version = 0
  /** Definitions that were never served before. */
  const publish = () => {
    version += 1
    server.setDefinitions(definitionsOf(version), { etag: `"${version}"` })
    // Nobody asks what was asked.
    server.requests.length = 0
  }
  publish()
  const settings = { host: server.url, addon, sampleEveryMs, workerEveryMs, evaluations }
  const startedAt = performance.now()
  /** @type {Run[]} */
  const runs = []
  if (minutes > 0) {
    runs.push(start({ ...settings, task: 'soak', plant: values.plant }), start({ ...settings, task: 'control' }))
    const changing = setInterval(publish, CHANGE_EVERY_MS)
    const end = setTimeout(() => runs.forEach(({ child }) => child.send('stop')), minutes * 60_000)
    await Promise.all(runs.map(({ ended }) => ended))
    clearTimeout(end)
    clearInterval(changing)
  } else {
    runs.push(start({ ...settings, task: 'evaluations', plant: values.plant }))
    await runs[0].ended
  }
  await server.close()

  const [subject, control] = runs
  const complaints = runs.flatMap(({ complaints }) => complaints)
  const isTrial = minutes > 0 && minutes < SHORTEST_MINUTES
  if (!isTrial && subject.samples.length < FEWEST_SAMPLES) {
    complaints.push(`${subject.samples.length} samples are too few to tell: expected ${FEWEST_SAMPLES} at least`)
  }
  const verdicts = complaints.length === 0 && !isTrial ? judge(subject.samples, control?.samples) : []
  const minutesTaken = (performance.now() - startedAt) / 60_000
  const { samples, errors } = subject
  return {
    passed: complaints.length === 0 && verdicts.every(({ flat }) => flat),
    isTrial,
    findings: { verdicts, complaints, last: samples.at(-1) },
    print: () => report({ subject: samples, control: control?.samples, verdicts, errors, complaints, minutesTaken }),
  }
}

/**
 * @param {'minutes' | 'evaluations'} name
 * @param {string | undefined} text
 */
function amount(name, text) {
  const number = Number(text ?? 0)
  if (text !== undefined && !(number > 0 && number < Infinity)) {
    console.error(`expected --${name} to be a number above 0, received '${text}'`)
    process.exit(2)
  }
  return number
}

/**
 * @typedef {object} Run
 * @property {import('node:child_process').ChildProcess} child
 * @property {Record<string, number>[]} samples
 * @property {string[]} errors that its clients raised: of a request that took too long, on a machine that is busy
 * @property {string[]} complaints
 * @property {Promise<unknown>} ended
 *
 * @param {import('../../process/endurance/support/subject.js').SubjectSettings} settings
 * @returns {Run}
 */
function start(settings) {
  const child = fork(SUBJECT, [JSON.stringify(settings)], {
    execArgv: ['--expose-gc'],
    env: { ...process.env, ...allocated.ENVIRONMENT },
  })
  const run = { child, samples: [], errors: [], complaints: [], ended: Promise.resolve() }
  child.on('message', (message) => {
    if ('sample' in message) run.samples.push(message.sample)
    if ('error' in message) run.errors.push(message.error)
    if ('complaint' in message) run.complaints.push(`${settings.task}: ${message.complaint}`)
  })
  run.ended = once(child, 'exit').then(([code, signal]) => {
    if (code !== 0) run.complaints.push(`${settings.task} ended with ${code ?? signal}`)
  })
  return run
}
