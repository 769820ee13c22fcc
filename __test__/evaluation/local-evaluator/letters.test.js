'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { LocalEvaluator } = require('../../..')
const { agrees, flag, property, when } = require('../../parity/support/handwritten.js')

/** As many characters are in one list. */
const LIST_LENGTH = 512

/** Ideographs, and what stands for nothing yet: a few will do. */
const MANY_ALIKE = /[\p{Cn}\u3400-\u9eff\uac00-\ud7a3\u{17000}-\u{18cff}\u{20000}-\u{3ffff}]/u

function* characters() {
  // Those beyond stand for lone surrogates, see docs/parity.md.
  for (let point = 0; point < 0x10f800; point++) {
    const character = String.fromCodePoint(point)
    if (!/[\p{Cs}\p{Co}]/u.test(character) && (point % 64 === 0 || !MANY_ALIKE.test(character))) {
      yield character
    }
  }
}

/**
 * Compares each text, as a property, with a list of what JavaScript makes of this and its neighbours.
 *
 * @param {string[]} texts
 */
function assertLowered(texts) {
  const lists = []
  for (let start = 0; start < texts.length; start += LIST_LENGTH) {
    lists.push(texts.slice(start, start + LIST_LENGTH))
  }
  const evaluator = new LocalEvaluator({
    flags: lists.flatMap((list, index) => {
      const lowered = list.map((text) => text.toLowerCase())
      return [
        flag(`lowered ${index}`, [when([property('text', 'exact', lowered)])]),
        flag(`as it is ${index}`, [when([property('text', 'exact', list)])]),
      ]
    }),
  })
  const wrong = texts.filter((text, position) => {
    const index = Math.floor(position / LIST_LENGTH)
    const isFound = (/** @type {string} */ key, /** @type {string} */ value) =>
      evaluator.getFeatureFlag(`${key} ${index}`, 'kari', { personProperties: { text: value } }) === true
    return !isFound('lowered', text) || !isFound('as it is', text.toLowerCase()) || isFound('as it is', `${text}|`)
  })
  assert.deepEqual(wrong, [])
}

test('every character has the lower case that it has in JavaScript', () => {
  // Further texts than one character are all unlike: the lower case of one is never another.
  assertLowered([...characters()].map((character) => `x${character}`))
})

test('a sigma at the end of a word has the lower case that it has in JavaScript, whatever is beside it', () => {
  const beside = [...characters()].filter((_, index) => index % 7 === 0)
  assertLowered(beside.flatMap((character) => [`aΣ${character}`, `aΣ${character}b`, `${character}Σ`]))
})

const SCRIPTS = {
  Khmer: 'ភ្នំពេញ',
  Burmese: 'ရန်ကုန်',
  Amharic: 'አዲስ አበባ',
  Georgian: 'თბილისი',
  'Georgian capitals': 'ᲗᲑᲘᲚᲘᲡᲘ',
  Cherokee: 'ᏣᎳᎩ',
  Adlam: '𞤆𞤵𞤤𞤢𞤪',
  Vithkuqi: '𐕰𐕱𐕲',
  currency: '€ 20',
  trademark: 'Öl™',
  star: '★★★',
  'a letter of Unicode 16': 'Ɤ Ꟗ',
}

for (const [script, text] of Object.entries(SCRIPTS)) {
  const list = Array.from({ length: 40 }, (_, index) => `${text} ${index}`)
  agrees(
    `lists of ${script} are compared as by posthog-node`,
    {
      flags: [
        flag('among many', [when([property('p', 'exact', list)])]),
        flag('not among many', [when([property('p', 'is_not', list)])]),
        flag('among few', [when([property('p', 'exact', list.slice(0, 3))])]),
        flag('the same', [when([property('p', 'exact', `${text} 1`)])]),
        flag('part', [when([property('p', 'icontains', text)])]),
        flag('start', [when([property('p', 'starts_with', text)])]),
      ],
    },
    [`${text} 1`, `${text} 1`.toLowerCase(), `${text} 1`.toUpperCase(), `${text} 41`].map((value) => {
      const isSame = value.toLowerCase() === `${text} 1`.toLowerCase()
      const ascii = (/** @type {string} */ of) => of.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
      const holds = ascii(value).includes(ascii(text))
      return [
        { personProperties: { p: value } },
        {
          'among many': isSame,
          'not among many': !isSame,
          'among few': isSame,
          'the same': isSame,
          part: holds,
          start: holds,
        },
      ]
    })
  )
}
