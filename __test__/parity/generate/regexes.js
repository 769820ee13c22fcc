'use strict'

// Random regexes from a grammar. Each comes with texts that should match, so that matching is tried and not only
// failing to match.

const LITERALS = [...'abcxyzABC019 _-@.,:/="\'%~#!<>']
// prettier-ignore
const ESCAPES = [
  ['\\d', ['0', '7']], ['\\D', ['a', ' ']], ['\\w', ['a', '_', '9']], ['\\W', ['-', '@']],
  ['\\s', [' ', '\t', '\n', '\v', '\f']], ['\\S', ['a', '.']], ['\\.', ['.']], ['\\\\', ['\\']], ['\\/', ['/']],
  ['\\-', ['-']], ['\\x41', ['A']], ['\\x7e', ['~']], ['\\n', ['\n']], ['\\t', ['\t']], ['\\r', ['\r']],
  ['\\v', ['\v']], ['\\f', ['\f']], ['\\+', ['+']], ['\\$', ['$']], ['\\@', ['@']], ['\\ ', [' ']], ['\\"', ['"']],
  ['\\{', ['{']], ['\\[', ['[']], ['\\]', [']']], ['\\(', ['(']], ['\\|', ['|']], ['\\^', ['^']],
]
// prettier-ignore
const CLASSES = [
  ['[abc]', 'abc'], ['[^abc]', 'xyz0'], ['[a-z]', 'amz'], ['[A-Za-z0-9_]', 'aZ0_'], ['[\\d.]', '0.'], ['[^\\s]', 'a.'],
  ['[\\w-]', 'a-'], ['[-a]', '-a'], ['[a-]', 'a-'], ['[.+*?]', '.+*?'], ['[\\]]', ']'], ['[\\x41-\\x43]', 'ABC'],
  ['[ -~]', ' ~a'], ['[^^]', 'a'], ['[$^]', '$^'], ['[\\b]', '\b'], ['[\\n\\t]', '\n\t'], ['[\\D\\d]', 'a0'],
  ['[^\\w\\s]', '@.'], ['[()|{}]', '()|{}'], ['[\\s\\S]', 'a\n'], ['[^\\d]', 'a'], ['[\\-\\\\]', '-\\'],
  ['[,-/]', ',-./'], ['[a\\-z]', 'a-z'], ['[!-\\/]', '!/'],
]
const QUANTIFIERS = ['*', '+', '?', '*?', '+?', '??', '{2}', '{0}', '{1,3}', '{2,}', '{0,1}', '{2,3}?', '{0,}', '{1}?']

/** A generated piece: the pattern and one text it matches (most of the time). */
function atom(random, depth) {
  return random.oneOf(
    [
      6,
      () => {
        const c = random.pick(LITERALS)
        return { pattern: '.'.includes(c) ? '\\.' : c, text: c }
      },
    ],
    [
      3,
      () => {
        const [pattern, texts] = random.pick(ESCAPES)
        return { pattern, text: random.pick(texts) }
      },
    ],
    [
      3,
      () => {
        const [pattern, texts] = random.pick(CLASSES)
        return { pattern, text: random.pick([...texts]) }
      },
    ],
    [1, () => ({ pattern: '.', text: random.pick(['a', '\u007f', ' ', '\n']) })],
    [
      depth > 0 ? 3 : 0,
      () => {
        const inner = alternation(random, depth - 1)
        return { pattern: `(${inner.pattern})`, text: inner.text }
      },
    ],
    [
      depth > 0 ? 2 : 0,
      () => {
        const inner = alternation(random, depth - 1)
        return { pattern: `(?:${inner.pattern})`, text: inner.text }
      },
    ]
  )
}

function quantified(random, depth) {
  const piece = atom(random, depth)
  if (!random.chance(0.35)) {
    return piece
  }
  const quantifier = random.pick(QUANTIFIERS)
  const count = quantifier.startsWith('{') ? Number(/\d+/.exec(quantifier)[0]) : random.pick([1, 1, 2, 0])
  return {
    pattern: piece.pattern + quantifier,
    text: piece.text.repeat(quantifier.startsWith('+') ? Math.max(count, 1) : count),
  }
}

function sequence(random, depth) {
  const pieces = random.list(random.pick([0, 1, 1, 2, 2, 3, 4]), () => quantified(random, depth))
  if (random.chance(0.12)) {
    pieces.unshift({ pattern: '^', text: '' })
  }
  if (random.chance(0.12)) {
    pieces.push({ pattern: '$', text: '' })
  }
  return { pattern: pieces.map((p) => p.pattern).join(''), text: pieces.map((p) => p.text).join('') }
}

function alternation(random, depth) {
  const branches = random.list(random.pick([1, 1, 1, 2, 3]), () => sequence(random, depth))
  return { pattern: branches.map((b) => b.pattern).join('|'), text: random.pick(branches).text }
}

/** Patterns with a fate of their own: JavaScript syntax errors, server-only syntax, and portable but nasty ones. */
// prettier-ignore
const PECULIAR = [
  '*a', '+', '?', 'a**', 'a{2,1}', '(', ')', '(a', 'a)', '[z-a]', '[', '[a', '\\', 'a\\', '(?:', '(?', '(?:)', '()',
  '()*', '(?:)*', '(?=a)', '(?!a)', '(?<=a)b', '(?<!a)b', '(?<name>a)', '(?i)a', '(?i:a)', '(a)\\1', '\\bword\\b',
  '\\Ba', '\\p{L}', '\\u0041', '\\cA', '\\0', '\\x4', '\\xZZ', '\\x4g', '\\k', '\\<a', '\\a', '\\e', '\\A', '\\z',
  '\\Z', '\\h', '\\g', '\\_', '\\~', '\\`', 'é', 'K', '{', '}', '{,2}', 'a{,2}', 'a{', 'a{1', 'a{1,', 'a{x}', '{2}',
  '|{2}', '({2})', 'a{2}{3}', 'a{4294967296}', 'a{0,4294967296}', 'x{200}', '(a{1,10}){1,10}', '^*', '$?', '^{2}',
  '(^)*', '(^a)*', '(?:^)*', '(?:$)+', '^^', '$$', 'a$^b', '||', 'a||b', '|', '(|a)', '(a|)', '(?:|)', '(a|b|)*',
  '(a*)*', '(a+)+$', '(a|a)*$', '((a?){3}){2}', '(?:a?){0,3}b', '(a*)+b', '[]', '[^]', '[]a]', '[^]a]', '[[a]]',
  '[a[b]', '[a&&b]', '[a--b]', '[a~~b]', '[\\s-9]', '[\\d-x]', '[a-\\d]', '[\\w-a]', '[+--]', '[\\b]', '[\\B]',
  '[\\cA]', '[\\x4]', '[\\1]', '[\\0]', '[a-a]', '[ -\\x7f]', '[\\c]', '[\\-]', '[-]', '[--]', '[---]', '[a-c-e]',
  '[\\]-a]', '[\\^]', '[^\\n]', '[&]', '[~]', '[&&]', '[a-', '[a-\\', '[\\', '[\\x62]', '[\\x62-\\x64]', 'a?+', 'a*+', 'a++', 'a?{2}', 'a*{2}', 'a}+', '}', 'a}', ']',
  'a]', 'a]+', '}*', 'a.b', '.*', '.+', '^$', '^.$', '^\\s*$', '\\d{3}-\\d{4}', '^[^@]+@example\\.com$',
  '@example\\.(com|org)$', '^pro$', 'PRO', '(?:pro|enterprise)', '^(?:a|b)*?$', '(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)',
  '\\/\\*', '#', ' a', 'a b', '(?#c)', '(?P<n>a)', '\\x80', '\\xff', '[\\x80-\\xff]', '[^\\x00-\\x7f]', '\\x00',
  '\\x0d', '\\r', '[^\\r]', '\\S\\r?', '\\W+', '(?:\\s|\\S)*', '$a', 'a^', '(a$)?b', '(?:a{2}){2}', '(?:a|b{0})+',
  'a{00002}', 'a{2,00003}', 'a{0}b', '(?:a{0})*', '(a{0,0})+', '((?:))*', '(())*', '(?:())*', '((a)|)*', '(?:a|)+',
  '.{3}', '^.{0,5}$', '"', "'", '`', '%', '&', '&&', '--', '~~', ';', '<', '>', '\\>', '=', '!', ',', ':', '@', '\\:',
  '\\;', '\\=', '\\?', '\\&', '\\%', '\\!', '\\#', "\\'", '\\,',
]

// prettier-ignore
const SUBJECTS = [
  '', 'a', 'aa', 'aaa', 'ab', 'abc', 'b', 'A', 'pro', 'PRO', 'user@example.com', 'x@example.org', '555-1234', 'a\nb',
  'a\rb', '\r', '\n', 'é', '\u007f', '\u0080', '\u0000', 'word', 'a word', '{2}', 'a{', '}', ']', '\\', '^', '$', '|',
  'a.b', '-', '_', 'aaaaaaaaaaaaaab', 'line1\nline2', ' ', '\t', '\u000b', '\u001c', '\u2028', '😀', '\ud800',
  '@', '#', '`', '~', '"',
]

/**
 * Whether JavaScript's backtracking stays affordable on a few hundred characters. Ours is linear, the oracle is not: a
 * repeated group that repeats or branches inside may never return there.
 */
function isAffordable(pattern) {
  const bare = pattern.replace(/\\[^]/g, 'x').replace(/\[[^\]]*\]/g, 'x')
  const unbounded = bare.match(/[*+]|\{\d+,\}/g)?.length ?? 0
  const repeatsGroup = /\)(?:[*+]|\{\d+,\d*\})/.test(bare)
  return repeatsGroup ? bare.replace(/\(\?:/g, '(').match(/[*+?{|]/g).length === 1 : unbounded <= 2
}

/** @returns {{ pattern: string, subjects: string[] }} */
function randomRegex(random) {
  if (random.chance(0.45)) {
    return { pattern: random.pick(PECULIAR), subjects: random.sample(SUBJECTS, 4) }
  }
  const { pattern, text } = alternation(random, 2)
  const noise = random.pick(SUBJECTS)
  const mangled = random.chance(0.1) ? mangle(random, pattern) : pattern
  if (!isAffordable(mangled)) {
    return randomRegex(random)
  }
  const subject = text.slice(0, 16)
  return {
    pattern: mangled,
    subjects: [subject, subject + noise, noise + subject, subject.slice(1), noise],
  }
}

/** A pattern with one character dropped, doubled or swapped for syntax. */
function mangle(random, pattern) {
  const at = random.int(pattern.length + 1)
  const piece = random.oneOf(
    [1, () => ''],
    [1, () => random.pick([...'()[]{}*+?|^$\\-&~'])],
    [1, () => pattern[at] ?? '']
  )
  return pattern.slice(0, at) + piece + pattern.slice(at + random.int(2))
}

module.exports = { randomRegex, PECULIAR, SUBJECTS }
