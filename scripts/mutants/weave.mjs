// Many mutants in one program. To build the core anew for each takes longer than to test it, so a function is given all
// its mutated bodies at once, and the environment says which of them runs:
//
//     fn f() { match crate::planted::number() { 17 => {…} 18 => {…} _ => {…} } }

/**
 * As `cargo mutants --list --json` writes it; lines and columns count from 1, and the end is exclusive.
 *
 * @typedef {{ line: number, column: number }} Position
 * @typedef {{ start: Position, end: Position }} Span
 * @typedef {object} Mutant
 * @property {string} name
 * @property {string} file
 * @property {{ function_name: string, span: Span } | null} function
 * @property {Span} span what is replaced
 * @property {string} replacement
 */

/**
 * Where a mutated body stands in a woven file, in lines.
 *
 * @typedef {{ number: number, from: number, to: number }} Place
 */

/** The module that says which mutant runs. */
export const PLANTED = `//! Which fault runs, of those that are planted in this program.

use std::sync::LazyLock;

static NUMBER: LazyLock<u32> = LazyLock::new(|| match std::env::var("PLANTED") {
    Ok(number) => number.parse().unwrap_or(0),
    Err(_) => 0,
});

/// The number of the mutant; 0 for none.
pub fn number() -> u32 {
    *NUMBER
}
`

/** A file's text, by line and column. */
class Source {
  /** @param {string} text */
  constructor(text) {
    this.text = text
    this.lineStarts = [0]
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
      this.lineStarts.push(at + 1)
    }
  }

  /** @param {Position} position columns count characters, not UTF-16 code units */
  offset({ line, column }) {
    let offset = this.lineStarts[line - 1]
    for (let passed = 1; passed < column; passed++) {
      offset += /** @type {number} */ (this.text.codePointAt(offset)) > 0xffff ? 2 : 1
    }
    return offset
  }

  /**
   * @param {Span} span
   * @returns {[number, number]}
   */
  range({ start, end }) {
    return [this.offset(start), this.offset(end)]
  }
}

/**
 * The text of a file with one mutant in it.
 *
 * @param {string} text
 * @param {Mutant} mutant
 */
export function mutate(text, mutant) {
  const [from, to] = new Source(text).range(mutant.span)
  return text.slice(0, from) + spaced(mutant.replacement) + text.slice(to)
}

/** @param {string} replacement */
const spaced = (replacement) => ` ${replacement} `

/**
 * Whether a mutant can be woven: not what the compiler evaluates, nor a body whose type is its own.
 *
 * @param {string} text
 * @param {Mutant} mutant
 */
export function isWeavable(text, mutant) {
  if (mutant.function === null) {
    return false
  }
  const source = new Source(text)
  const [from] = source.range(mutant.function.span)
  const signature = text.slice(from, bodyStart(text, from))
  return !/\bconst (unsafe )?fn\b/.test(signature) && !/->\s*impl\b/.test(signature)
}

/**
 * The offset of the brace that opens a function's body, past its documentation.
 *
 * @param {string} text
 * @param {number} from
 */
function bodyStart(text, from) {
  const signature = /(?:\/\/.*|[^{])*?(?=\{)/y
  signature.lastIndex = from
  signature.test(text)
  return signature.lastIndex
}

/**
 * Weaves the mutants of one file into it.
 *
 * @param {string} text
 * @param {Map<number, Mutant>} mutants by number
 * @returns {{ text: string, places: Place[] }}
 */
export function weave(text, mutants) {
  const source = new Source(text)
  /** @type {{ from: number, to: number, numbers: number[] }[]} */
  const bodies = []
  for (const [number, mutant] of mutants) {
    const [functionFrom, to] = source.range(/** @type {{ span: Span }} */ (mutant.function).span)
    const from = bodyStart(text, functionFrom)
    const around = bodies.find((body) => body.from <= from && to <= body.to)
    if (around) {
      around.numbers.push(number)
    } else {
      bodies.push({ from, to, numbers: [number] })
    }
  }
  bodies.sort((left, right) => left.from - right.from)

  /** @type {Place[]} */
  const places = []
  let woven = ''
  let line = 1
  const write = (/** @type {string} */ piece) => {
    woven += piece
    line += piece.split('\n').length - 1
  }
  let copied = 0
  for (const { from, to, numbers } of bodies) {
    write(`${text.slice(copied, from)}{ match crate::planted::number() {\n`)
    for (const number of numbers) {
      const mutant = /** @type {Mutant} */ (mutants.get(number))
      const [at, end] = source.range(mutant.span)
      const start = line
      write(`${number} => ${text.slice(from, at)}${spaced(mutant.replacement)}${text.slice(end, to)}\n`)
      places.push({ number, from: start, to: line - 1 })
    }
    write(`_ => ${text.slice(from, to)}\n} }`)
    copied = to
  }
  write(text.slice(copied))
  return { text: woven, places }
}
