'use strict'

/** Text where two string implementations are likely to part ways. */
// prettier-ignore
const TEXTS = [
  'pro', 'Pro', 'PRO', 'enterprise', 'free', 'user@example.com', 'USER@EXAMPLE.COM', '', ' ', '  ', '\t', '\n', 'a\rb',
  'true', 'false', 'TRUE', 'False', 'tRuE', ' true', 'truе', 'null', 'NULL', 'undefined', 'NaN', 'Infinity',
  '-Infinity', '0', '-0', '1', '01', '1.0', '1.5', '-1.5', '+1', '1e3', '1E3', '0x10', '10px', '  5', '5  ', '.5',
  '-.5', '5.', '1_000', '1,2', 'a,b', '[]', '{}', '[1]', '["a"]', '[1.5]', '{"a":1.5}', '{"a":"x","b":1.5}',
  '[object Object]', 'null,', ',', 'İstanbul', 'istanbul', 'i̇stanbul', 'ISTANBUL', 'ıstanbul', 'straße', 'STRASSE',
  'ẞ', 'ß', 'ΟΔΟΣ', 'οδος', 'οδοσ', 'Σ', 'Σ.', 'aΣ', 'ΑΣ Β', 'K', 'k', 'K', 'Å', 'å', 'Å', 'é', 'e\u0301', 'É', 'café', 'cafe\u0301', 'CAFÉ', '한', '\u1112\u1161\u11ab', '１', '²', 'ǅ',
  'ŉ', 'ﬁ', 'ΐ', 'Ω', 'ω', 'Ꭰ', 'ꭰ', 'Ა', 'ა', '\u212a', 'K\u212a', '\u212b', '\u00e5', '😀', '😀!', '𐐀', '𐐨', '\ud83d',
  '\ude00', '\ud800x', 'x\udc00', '\ude00\ud83d', '\u00a0pro', 'pro\ufeff', '\ufeff5', '\u00a05', '\u20285', '\u180e5',
  '\u200b', '\u0000', 'a\u0000b', '\u0085', '\u2029', '\uffff', '\ufffd', '"quoted"', '\\', '/', 'a/b', '\u0001',
  '\u007f', 'toString', '__proto__', 'constructor', 'hasOwnProperty', 'x'.repeat(120), 'Pro'.repeat(40),
]

const ALPHABET = [
  ...'abcXYZ019 ._-@:/+,"',
  'İ',
  'ß',
  'Σ',
  'σ',
  'ς',
  '\u212a',
  'é',
  '\u00a0',
  '\ufeff',
  '\r',
  '\n',
  '😀',
  '\ud800',
  '\udc00',
]

function randomText(random) {
  if (random.chance(0.75)) {
    return random.pick(TEXTS)
  }
  return random.list(random.between(0, 6), () => random.pick(ALPHABET)).join('')
}

/** Plain words, for the many values that must simply match. */
const plainText = (random) => random.pick(['pro', 'Pro', 'enterprise', 'free', 'beta', 'user@example.com', 'a', 'x1'])

module.exports = { randomText, plainText }
