// The commands that CONTRIBUTING.md lists run: each in the shortest form that it names, with what this machine has.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

import { skip as withoutRedis } from '../../sharing/redis/support/redis-server.mjs'
import { outlineOf } from './support/tables.mjs'

const root = new URL('../../../', import.meta.url)
const read = (/** @type {string} */ name) => readFileSync(new URL(name, root), 'utf8')
const { scripts } = JSON.parse(read('package.json'))

const table = outlineOf(read('CONTRIBUTING.md')).tables.find(({ header }) => header[0] === 'command')
assert.ok(table, 'CONTRIBUTING.md has no table of commands')

/** What a row says of how its command is tried. */
const rows = table.rows.map(([command, , form]) => ({
  command: codeIn(command)[0],
  form,
  tried: form === 'itself' ? codeIn(command) : codeIn(form),
}))

/** @param {string} cell */
function codeIn(cell) {
  return Array.from(cell.matchAll(/`([^`]+)`/g), ([, code]) => code)
}

/**
 * What npm runs for a command. It is run without npm, which takes a quarter of a second each time.
 *
 * @param {string} command
 */
function withoutNpm(command) {
  const { name = '', args = '' } = /^npm (run )?(?<name>[\w:]+)( -- (?<args>.*))?$/.exec(command)?.groups ?? {}
  return `${scripts[name]} ${args}`
}

/**
 * The script of package.json that a command runs.
 *
 * @param {string} command
 */
function scriptOf(command) {
  return /^npm (?:run )?(?:--silent )?([\w:]+)/.exec(command)?.[1]
}

/** How many milliseconds one may take here, on a machine that does much else. */
const LIMIT_MS = 120_000

/**
 * @param {import('node:test').TestContext} t
 * @param {string} command
 */
async function run(t, command) {
  // A process group of its own, so that nothing is left of a command that hangs.
  const child = spawn(command, {
    cwd: fileURLToPath(root),
    shell: true,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let isOver = false
  const end = () => {
    if (isOver || child.pid === undefined) return
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It has just ended.
    }
  }
  const limit = setTimeout(end, LIMIT_MS)
  t.after(() => {
    clearTimeout(limit)
    end()
  })
  /** @type {Buffer[]} */
  const output = []
  child.stdout.on('data', (chunk) => output.push(chunk))
  child.stderr.on('data', (chunk) => output.push(chunk))
  // Not `exit`: what the command has left running holds on to its output, and is ended with it.
  const [code, signal] = await once(child, 'close')
  isOver = true
  return { code, signal, output: Buffer.concat(output).toString() }
}

describe('the commands of CONTRIBUTING.md', () => {
  it('are those of package.json, each of which is tried', () => {
    const listed = new Set(rows.map(({ command }) => scriptOf(command)).filter((name) => name !== undefined))
    assert.deepEqual([...listed].sort(), Object.keys(scripts).sort())
    for (const name of listed) {
      const forms = rows.filter(({ command }) => scriptOf(command) === name).map(({ form }) => form)
      assert.ok(
        forms.some((form) => form !== 'as above'),
        `${name} is not tried`
      )
    }
  })

  it('say of each how it is tried', async (t) => {
    const steps = (await run(t, 'npm test --silent -- --list')).output
    for (const { command, form, tried } of rows) {
      if (form.startsWith('step')) {
        assert.ok(tried.length > 0, command)
        tried.forEach((step) => assert.match(steps, new RegExp(`^${step} `, 'm'), `${command}: no step ${step}`))
      } else if (form.startsWith('in ')) {
        const line = new RegExp(`\\bnpm (run )?(--silent )?${scriptOf(command)} `)
        assert.match(read(tried[0]), line, `${tried[0]} does not run ${command}`)
      } else if (form !== 'as above' && form !== 'before all else' && command !== '.ci/run') {
        assert.equal(tried.length, 1, command)
        assert.equal(scriptOf(tried[0]), scriptOf(command), `${command} is not tried by ${tried[0]}`)
      }
    }
  })

  const forms = rows.filter(({ form }) => form === 'itself' || form.startsWith('`')).flatMap(({ tried }) => tried)
  for (const form of forms.filter((command) => command.startsWith('npm '))) {
    it(`run: ${form}`, { skip: /sharing/.test(form) && withoutRedis }, async (t) => {
      const { code, signal, output } = await run(t, withoutNpm(form))
      assert.deepEqual({ code, signal }, { code: 0, signal: null }, output)
      assert.notEqual(output, '', 'it says nothing')
    })
  }
})
