import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { QUANTITIES, judge, slopeOf } from './support/slope.mjs'

const COMMAND = fileURLToPath(new URL('../../long/stress/main.mjs', import.meta.url))

/** Samples of ten minutes, of which one quantity adds this much in the second half. */
function samplesOf(key, growth, { workers = 0 } = {}) {
  const flat = Object.fromEntries(Object.keys(QUANTITIES).map((name) => [name, 100]))
  return Array.from({ length: 100 }, (_, index) => {
    const late = Math.max(0, index - 50) / 49
    return { ...flat, time: index / 10, workers: workers * index, [key]: 100 + growth * late }
  })
}

const notFlat = (verdicts) => verdicts.filter(({ flat }) => !flat).map(({ key }) => key)

describe('the line through samples', () => {
  it('has the slope of points that lie on a line, without an error', () => {
    const points = [1, 2, 4, 8].map((x) => ({ x, y: 3 * x - 5 }))
    const { slope, error } = slopeOf(points)
    assert.ok(Math.abs(slope - 3) < 1e-9 && error < 1e-6)
  })

  it('has an error that tells noise from growth', () => {
    const noise = Array.from({ length: 100 }, (_, x) => ({ x, y: x % 2 }))
    const { slope, error } = slopeOf(noise)
    assert.ok(Math.abs(slope) < 3 * error)
  })
})

describe('the verdict on a run', () => {
  it('is that what stays is flat, whatever was added in the first half', () => {
    const samples = samplesOf('rss', 0).map((sample, index) => ({ ...sample, rss: index < 40 ? index * 1e9 : 40e9 }))
    assert.deepEqual(notFlat(judge(samples)), [])
  })

  for (const [key, { most }] of Object.entries(QUANTITIES)) {
    it(`is that ${key} is not flat where the second half adds more than may be`, () => {
      assert.deepEqual(notFlat(judge(samplesOf(key, most * 1.2))), [key])
      assert.deepEqual(notFlat(judge(samplesOf(key, most * 0.5))), [])
    })
  }

  it('leaves out what as many workers without a client add, and no more', () => {
    const [growth, workers] = [40 * 2 ** 20, 5]
    const subject = samplesOf('rss', growth, { workers })
    assert.deepEqual(notFlat(judge(subject, samplesOf('rss', growth, { workers }))), [])
    assert.deepEqual(notFlat(judge(subject, samplesOf('rss', growth / 2, { workers }))), ['rss'])
    assert.deepEqual(notFlat(judge(subject, samplesOf('rss', -growth, { workers }))), ['rss'])
  })
})

describe('npm run stress -- growth', () => {
  it('notices what is never let go of: objects, native memory, buffers, timers, files and threads', async () => {
    const args = [COMMAND, 'growth', '--evaluations', '300000', '--sample-every', '0', '--plant', '--json']
    const { code, stdout, stderr } = await new Promise((resolve) =>
      execFile(process.execPath, args, (error, stdout, stderr) => resolve({ code: error?.code, stdout, stderr }))
    )
    assert.equal(code, 1, stdout + stderr)
    const { verdicts, complaints, last } = JSON.parse(stdout)
    assert.deepEqual(complaints, [])
    assert.ok(last.flags >= 300_000)
    const leaked = notFlat(verdicts)
    for (const key of ['heapUsed', 'allocated', 'external', 'handles', 'fds', 'threads']) {
      assert.ok(leaked.includes(key), `${key} was overlooked: ${stdout}`)
    }
  })
})
