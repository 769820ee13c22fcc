'use strict'

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const { describe, it } = require('node:test')
const { setTimeout: sleep } = require('node:timers/promises')

const { version } = require('../../package.json')
const { Progress } = require('../../cli/progress.js')
const { Terminal, table } = require('../../cli/terminal.js')
const { BIN, Folder, ROOT, run } = require('./support/command.js')

describe('the command', () => {
  it('prints its version', async () => {
    const { code, stdout } = await run(['--version'])
    assert.deepEqual([code, stdout], [0, `${version}\n`])
  })

  it('explains itself and each of its commands', async () => {
    for (const args of [['--help'], ['help'], ['doctor', '--help'], ['bench', '-h'], ['explain', '--help']]) {
      const { code, stdout, stderr } = await run(args)
      assert.deepEqual([code, stderr], [0, ''])
      assert.match(stdout, /^Usage: posthog-node-native /)
      assert.match(stdout, /Exit codes: 0 .+, 1 .+, 2 /)
      assert.ok(stdout.split('\n').every((line) => line.length <= 120))
    }
  })

  it('ends without a word when nobody reads on what it prints', async () => {
    const child = spawn(
      process.execPath,
      [BIN, 'doctor', '--offline', '--definitions', 'examples/project-definitions.json'],
      {
        cwd: ROOT,
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: 60_000,
      }
    )
    let stderr = ''
    child.stderr.on('data', (chunk) => (stderr += chunk))
    child.stdout.destroy()
    const [code, signal] = await once(child, 'close')
    assert.deepEqual([code, signal, stderr], [0, null, ''])
  })

  /** @type {[string[], RegExp][]} */
  const MISTAKES = [
    [[], /expected a command of doctor, .+received none/],
    [['docter'], /expected a command of doctor, .+received 'docter'/],
    [['constructor'], /received 'constructor'/],
    [['doctor', '--fix'], /'--fix'/],
    [['doctor', 'x'], /expected options only but received 'x' too/],
    [['doctor', '--timeout', 'soon'], /expected --timeout to be a whole number .+ but received 'soon'/],
    [['doctor', '--provider-write'], /expected --provider FILE/],
    [['doctor', '--definitions', 'missing.json'], /expected a file of flag definitions but .+ENOENT/],
    [['bench', 'missing.json'], /expected a file of flag definitions but .+ENOENT/],
    [['bench', 'a.json', 'b.json'], /expected one file but received 'b.json' too/],
    [['bench', '--flags', '0'], /expected --flags to be a whole number from 1/],
    [['bench', 'examples/project-definitions.json', '--flags', '7'], /--flags without a file/],
  ]
  for (const [args, message] of MISTAKES) {
    it(`says what was expected of: ${args.join(' ') || '(nothing)'}`, async () => {
      const { code, stdout, stderr } = await run(args)
      assert.deepEqual([code, stdout], [2, ''])
      assert.match(stderr, message)
      assert.match(stderr, /See posthog-node-native .*--help/)
    })
  }

  it('says what is wrong with a file that holds no definitions', async (test) => {
    const folder = new Folder(test, { 'no.json': '{"a":', 'list.json': '[]', 'other.json': '{"detail":"x"}' })
    for (const [name, message] of /** @type {[string, RegExp][]} */ ([
      ['no.json', /JSON/],
      ['list.json', /received a list/],
      ['other.json', /received an object with the fields detail/],
    ])) {
      const { code, stderr } = await run(['doctor', '--definitions', folder.file(name)])
      assert.equal(code, 2)
      assert.match(stderr, message)
    }
  })
})

/** @param {Partial<{ isTTY: boolean, columns: number }>} [how] */
function sink(how) {
  return {
    text: '',
    ...how,
    /** @param {string} text */
    write(text) {
      this.text += text
    },
  }
}

describe('what is printed', () => {
  it('has colours on a terminal, unless the environment says otherwise', () => {
    /** @type {[boolean, Record<string, string>, boolean][]} */
    const cases = [
      [true, {}, true],
      [false, {}, false],
      [true, { NO_COLOR: '1' }, false],
      [true, { NO_COLOR: '' }, true],
      [true, { TERM: 'dumb' }, false],
      [false, { FORCE_COLOR: '1' }, true],
      [false, { FORCE_COLOR: '' }, true],
      [true, { FORCE_COLOR: '0' }, false],
      [true, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
    ]
    for (const [isTTY, env, expected] of cases) {
      const stream = sink({ isTTY })
      const terminal = new Terminal(stream, env)
      terminal.line('a ', terminal.style('red', 'b'))
      assert.equal(stream.text, expected ? 'a \x1b[31mb\x1b[39m\n' : 'a b\n', JSON.stringify([isTTY, env]))
    }
  })

  it('is as wide as the terminal, within reason', () => {
    assert.equal(new Terminal(sink({ columns: 72 }), {}).width, 72)
    assert.equal(new Terminal(sink({ columns: 10 }), {}).width, 40)
    assert.equal(new Terminal(sink({ columns: 500 }), {}).width, 120)
    assert.equal(new Terminal(sink(), { COLUMNS: '80' }).width, 80)
    const lines = new Terminal(sink({ columns: 50 }), {}).wrap('one two three four five six', 35)
    assert.deepEqual(lines, ['one two three', ' '.repeat(35) + 'four five six'])
  })

  it('has numbers in line', () => {
    assert.deepEqual(table([['', 'time'], ['a', '1 ms'], ['bcd', '10 ms']]), ['      time', 'a     1 ms', 'bcd  10 ms']) // prettier-ignore
  })

  it('tells of a task that takes more than a second, and not of one that does not', async () => {
    for (const [takes, expected] of /** @type {[number, string][]} */ ([
      [0, ''],
      [1300, 'a …\n'],
    ])) {
      const stream = sink()
      assert.equal(await new Progress(stream).during('a', sleep(takes, 'done')), 'done')
      assert.equal(stream.text, expected)
    }
  })

  it('tells of progress only after a second: on one line of a terminal, and in a log once for each thing', () => {
    for (const [isTTY, expected] of /** @type {[boolean, string][]} */ ([
      [true, '\r\x1b[Kb … 1\r\x1b[Kb … 3\r\x1b[Kc … 4\r\x1b[K'],
      [false, 'b …\nc …\n'],
    ])) {
      let now = 0
      const stream = sink({ isTTY })
      const progress = new Progress(stream, () => now)
      for (const [at, what, detail] of /** @type {[number, string, string][]} */ ([
        [999, 'a', '0'],
        [1000, 'b', '1'],
        [1050, 'b', '2'],
        [1200, 'b', '3'],
        [1201, 'c', '4'],
      ])) {
        now = at
        progress.say(what, detail)
      }
      progress.end()
      assert.equal(stream.text, expected)
    }
  })
})
