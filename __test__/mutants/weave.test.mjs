// How mutants get into one program: scripts/mutants/weave.mjs.
import assert from 'node:assert/strict'
import test from 'node:test'
import { describe, identity } from '../../scripts/mutants/survivors.mjs'
import { isWeavable, mutate, weave } from '../../scripts/mutants/weave.mjs'

const SOURCE = `//! Sums.

/// Adds {both}, be it 😀.
pub fn add(left: u8, right: u8) -> u8 {
    /* 😀 */ left + right
}

const fn two() -> u8 {
    1 + 1
}

fn all() -> impl Iterator<Item = u8> {
    0..1 + 1
}
`

/** A mutant of the `+` in a line, whose function is in these lines. */
function mutantOf(line, [from, to], replacement) {
  const text = SOURCE.split('\n')[line - 1]
  const column = [...text.slice(0, text.indexOf('+'))].length + 1
  return {
    name: `src/sums.rs:${line}:${column}: replace + with ${replacement} in add`,
    file: 'src/sums.rs',
    function: { function_name: 'add', span: { start: { line: from, column: 1 }, end: { line: to, column: 2 } } },
    span: { start: { line, column }, end: { line, column: column + 1 } },
    replacement,
  }
}

const minus = mutantOf(5, [3, 6], '-')
const times = mutantOf(5, [3, 6], '*')

test('every mutant is a body of its own, chosen by its number, beside the body as it was', () => {
  const { text, places } = weave(
    SOURCE,
    new Map([
      [1, minus],
      [7, times],
    ])
  )
  const [body] = /match crate::planted::number\(\) \{[^]*?\n\} \}/.exec(text)
  assert.equal(
    body,
    `match crate::planted::number() {
1 => {
    /* 😀 */ left  -  right
}
7 => {
    /* 😀 */ left  *  right
}
_ => {
    /* 😀 */ left + right
}
} }`
  )
  const lines = text.split('\n')
  for (const { number, from, to } of places) {
    assert.match(lines[from - 1], new RegExp(`^${number} => `))
    assert.equal(lines[to - 1], '}')
  }
  assert.equal(text.replace(`{ ${body}`, SOURCE.slice(SOURCE.indexOf('{\n'), SOURCE.indexOf('\n\nconst'))), SOURCE)
})

test('what the compiler evaluates, and a body that has a type of its own, cannot be woven', () => {
  assert.ok(isWeavable(SOURCE, minus))
  assert.ok(!isWeavable(SOURCE, mutantOf(9, [8, 10], '-')))
  assert.ok(!isWeavable(SOURCE, mutantOf(13, [12, 14], '-')))
  assert.ok(!isWeavable(SOURCE, { ...minus, function: null }))
})

test('a mutant alone changes nothing but what it replaces', () => {
  assert.equal(mutate(SOURCE, minus), SOURCE.replace('left + right', 'left  -  right'))
})

test('a survivor keeps its name wherever its line moves, and mutants of one line have different names', () => {
  const moved = structuredClone(minus)
  moved.name = moved.name.replace(':5:', ':6:')
  moved.span.start.line++
  const name = identity(describe(minus, SOURCE))
  assert.equal(identity(describe(moved, `\n${SOURCE}`)), name)
  assert.notEqual(identity(describe(times, SOURCE)), name)
})
