'use strict'

// Runs of run.js in processes of their own: one process has one time zone.

const path = require('node:path')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const { sum } = require('./tally.js')

/** A date without a zone is read in the local one: far west, far east, half hours, and a half hour of summer time. */
const TIME_ZONES = ['UTC', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Apia']

/**
 * @param {string[]} options of run.js
 * @param {Record<string, string>} [env] added to this process's environment
 * @returns {Promise<{ code: number | null, output: string, totals: any }>} `output` is what it found, if anything
 */
async function run(timeZone, options, env = {}) {
  const child = spawn(process.execPath, [path.join(__dirname, '../run.js'), ...options], {
    env: { ...process.env, ...env, TZ: timeZone },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (piece) => (text += piece))
  const [code] = await once(child, 'close')
  const lines = text.trimEnd().split('\n')
  const counted = lines.at(-1).startsWith('{"cases"')
  const found = (counted ? lines.slice(0, -1) : lines).join('\n')
  return {
    code,
    output: counted ? found : `${found}\nThe run with ${options.join(' ')} in ${timeZone} did not come to its end.\n`,
    totals: counted ? JSON.parse(lines.at(-1)) : undefined,
  }
}

/**
 * One run after the other, several at a time, until `isDone` of what they add up to or one fails.
 *
 * @param {(number: number) => Promise<{ code: number | null, output: string, totals: any }>} start the run of a number
 * @param {(totals: any) => boolean} isDone
 * @returns {Promise<{ ok: boolean, runs: number, output: string, totals: any }>}
 */
async function runUntil(start, isDone, concurrency) {
  const all = { ok: true, runs: 0, output: '', totals: { evaluations: 0 } }
  const work = async () => {
    while (all.ok && !isDone(all.totals)) {
      const { code, output, totals } = await start(all.runs++)
      all.ok &&= code === 0
      all.output += output
      all.totals = sum(all.totals, totals)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  return all
}

module.exports = { TIME_ZONES, run, runUntil }
