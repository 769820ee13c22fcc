//! JavaScript text in Rust strings.
//!
//! A JavaScript string is a sequence of UTF-16 code units and may hold surrogates without a partner; a Rust string may
//! not. Inside the engine such a lone surrogate `0xD800 + n` is stored as the private-use character `U+10F800 + n`, so
//! all other text is plain UTF-8 and ordinary `str` operations apply. Only the functions here know of the mapping.

use std::borrow::Cow;
use std::cmp::Ordering;

/// The character that stands for the lone surrogate `0xD800`; the other 2047 follow.
const LONE_SURROGATE_BASE: u32 = 0x10_F800;
const FIRST_SURROGATE: u32 = 0xD800;

/// How many code units are decoded at a time.
const STRETCH: usize = 1024;

/// Decodes UTF-16, keeping lone surrogates.
pub fn from_utf16(units: &[u16]) -> String {
    // A code unit takes up to three bytes. Reserving them costs no memory before they are written to.
    let most = if units.len() < STRETCH { 1 } else { 3 };
    let mut text = String::with_capacity(most * units.len());
    let mut rest = units;
    while !rest.is_empty() {
        let (stretch, others) = rest.split_at(end_of_stretch(rest));
        if !push_plain(stretch, &mut text) {
            let decoded = char::decode_utf16(stretch.iter().copied());
            text.extend(decoded.map(|decoded| {
                decoded.unwrap_or_else(|error| lone_surrogate(error.unpaired_surrogate()))
            }));
        }
        rest = others;
    }
    text
}

/// Where the next stretch of a text ends. It never ends between the two halves of a surrogate pair.
fn end_of_stretch(units: &[u16]) -> usize {
    match units.get(STRETCH - 1) {
        None => units.len(),
        Some(0xD800..=0xDBFF) => STRETCH - 1,
        Some(_) => STRETCH,
    }
}

/// Decodes code units among which there is no surrogate, in a quarter of the time; false if there is one.
fn push_plain(units: &[u16], text: &mut String) -> bool {
    let mut bytes = [0; 3 * STRETCH];
    let mut end = 0;
    for unit in units {
        let [high, low] = unit.to_be_bytes();
        let (last, middle) = (0x80 | low & 0x3F, (unit >> 6) as u8);
        let (encoded, length) = match unit {
            0..=0x7F => ([low, 0, 0], 1),
            0x80..=0x7FF => ([0xC0 | middle, last, 0], 2),
            0xD800..=0xDFFF => return false,
            _ => ([0xE0 | high >> 4, 0x80 | middle & 0x3F, last], 3),
        };
        bytes[end..end + 3].copy_from_slice(&encoded);
        end += length;
    }
    match std::str::from_utf8(&bytes[..end]) {
        Ok(decoded) => text.push_str(decoded),
        Err(_) => return false,
    }
    true
}

/// The character that stands for a lone surrogate.
pub fn lone_surrogate(unit: u16) -> char {
    let offset = u32::from(unit).wrapping_sub(FIRST_SURROGATE) & 0x7FF;
    char::from_u32(LONE_SURROGATE_BASE + offset).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The surrogate code unit that this character stands for, if it does.
pub fn as_lone_surrogate(character: char) -> Option<u16> {
    let offset = u32::from(character).checked_sub(LONE_SURROGATE_BASE)?;
    u16::try_from(FIRST_SURROGATE + offset).ok()
}

/// Whether the text holds a surrogate without a partner.
pub fn has_lone_surrogate(text: &str) -> bool {
    // U+10F800..=U+10FFFF are exactly the sequences F4 8F A0.. in UTF-8, and next to no text has an F4.
    text.as_bytes().contains(&0xF4)
        && text
            .as_bytes()
            .windows(3)
            .any(|bytes| bytes[0] == 0xF4 && bytes[1] == 0x8F && bytes[2] >= 0xA0)
}

/// Up to this many bytes are folded on the stack.
const SHORT: usize = 128;

/// Each stretch is read to its end, even behind a capital letter: without an early exit the compiler can compare many
/// bytes at once.
fn has_ascii_upper_case(text: &str) -> bool {
    text.as_bytes().chunks(SHORT).any(|stretch| {
        stretch
            .iter()
            .fold(false, |found, byte| found | byte.is_ascii_uppercase())
    })
}

/// Calls back with the text, its ASCII letters in lower case. A text of ordinary length needs no allocation.
pub fn fold_ascii<T>(text: &str, then: impl FnOnce(&str) -> T) -> T {
    if !has_ascii_upper_case(text) {
        return then(text);
    }
    let mut short = [0; SHORT];
    if let Some(folded) = short.get_mut(..text.len()) {
        folded.copy_from_slice(text.as_bytes());
        folded.make_ascii_lowercase();
        if let Ok(folded) = std::str::from_utf8(folded) {
            return then(folded);
        }
    }
    then(&text.to_ascii_lowercase())
}

/// What `TextEncoder` makes of the text: lone surrogates become U+FFFD.
pub fn well_formed(text: &str) -> Cow<'_, str> {
    if !has_lone_surrogate(text) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.chars()
            .map(|character| match as_lone_surrogate(character) {
                Some(_) => char::REPLACEMENT_CHARACTER,
                None => character,
            })
            .collect(),
    )
}

/// The UTF-16 code units of the text.
pub fn utf16(text: &str) -> impl Iterator<Item = u16> + '_ {
    text.chars().flat_map(|character| {
        let mut units = [0u16; 2];
        let count = match as_lone_surrogate(character) {
            Some(unit) => {
                units[0] = unit;
                1
            }
            None => character.encode_utf16(&mut units).len(),
        };
        units.into_iter().take(count)
    })
}

/// JavaScript's order of strings: by UTF-16 code unit.
pub fn compare(left: &str, right: &str) -> Ordering {
    if left.is_ascii() || right.is_ascii() {
        // Against ASCII, byte order and code unit order agree.
        return left.cmp(right);
    }
    utf16(left).cmp(utf16(right))
}

/// Where a needle has to stand in a haystack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// Anywhere: `String.prototype.includes`.
    Anywhere,
    /// At the start: `startsWith`.
    Start,
    /// At the end: `endsWith`.
    End,
}

/// Whether `needle` stands in `haystack` at that place, compared by UTF-16 code unit.
pub fn holds(haystack: &str, needle: &str, placement: Placement) -> bool {
    if has_lone_surrogate(needle) {
        // Half of a surrogate pair may match inside a whole one.
        let haystack: Vec<u16> = utf16(haystack).collect();
        let needle: Vec<u16> = utf16(needle).collect();
        return match placement {
            Placement::Anywhere => haystack
                .windows(needle.len())
                .any(|window| window == needle),
            Placement::Start => haystack.starts_with(&needle),
            Placement::End => haystack.ends_with(&needle),
        };
    }
    match placement {
        Placement::Anywhere => haystack.contains(needle),
        Placement::Start => haystack.starts_with(needle),
        Placement::End => haystack.ends_with(needle),
    }
}

/// `String.prototype.trim`: ECMAScript white space and line terminators, the byte order mark included.
pub fn trim(text: &str) -> &str {
    text.trim_matches(is_white_space)
}

/// ECMAScript's `WhiteSpace` and `LineTerminator`.
pub fn is_white_space(character: char) -> bool {
    matches!(
        character,
        '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200a}'
                | '\u{2028}'
                | '\u{2029}'
                | '\u{202f}'
                | '\u{205f}'
                | '\u{3000}'
                | '\u{feff}'
    )
}

/// `String.prototype.toLowerCase`, where Rust's Unicode tables and every supported V8's must agree; `None` elsewhere.
///
/// Case mappings are still being added to Unicode, and the two sides carry different versions of it. But Unicode promises
/// that a character keeps the lower case it once has, or that it has none. So what is settled are the characters that the
/// oldest V8 we support knows, and places where none with a case will ever be.
pub fn to_lower_case(text: &str) -> Option<Cow<'_, str>> {
    if text.is_ascii() {
        return Some(if has_ascii_upper_case(text) {
            Cow::Owned(text.to_ascii_lowercase())
        } else {
            Cow::Borrowed(text)
        });
    }
    let is_settled = match text.contains('Σ') {
        // Its lower case depends on the characters around it.
        true => text.chars().all(is_of_oldest_blocks),
        false => text.chars().all(has_settled_case),
    };
    is_settled.then(|| Cow::Owned(text.to_lowercase()))
}

/// Whether the character belongs to the first alphabets or their punctuation, whose case mappings are complete.
fn is_of_oldest_blocks(character: char) -> bool {
    matches!(u32::from(character), 0..=0x0FFF | 0x1E00..=0x206F | 0x3000..=0xA63F | 0xAC00..=0xD7A3)
}

/// The list leaves out the newest letters, gaps between cased letters that Unicode may fill, and rare scripts.
fn has_settled_case(character: char) -> bool {
    matches!(u32::from(character),
        0..=0x058F // Latin, Greek, Cyrillic, Armenian
        | 0x0590..=0x109F // Hebrew to Myanmar: no case
        | 0x10A0..=0x10C5 | 0x10C7 | 0x10CD | 0x10D0..=0x10FF // Georgian
        | 0x1100..=0x139F // Hangul Jamo, Ethiopic: no case
        | 0x13A0..=0x13F5 | 0x13F8..=0x13FD // Cherokee
        | 0x1400..=0x1C7F // Canadian syllabics to Ol Chiki, with Khmer and Mongolian: no case
        | 0x1C80..=0x1C88 // Cyrillic Extended-C
        | 0x1C90..=0x1CBA | 0x1CBD..=0x1CBF // Georgian capitals
        | 0x1CC0..=0x1DFF // Vedic and phonetic extensions: no case
        | 0x1E00..=0x218B // Latin Extended Additional to number forms, with punctuation and currencies
        | 0x2190..=0x2BFF // arrows, mathematics, symbols
        | 0x2C00..=0x2CF3 | 0x2CF9..=0x2CFF // Glagolitic, Latin Extended-C, Coptic
        | 0x2D00..=0x2D25 | 0x2D27 | 0x2D2D // small Georgian
        | 0x2D30..=0xA63F // Tifinagh, Ethiopic, CJK, kana, Yi: no case
        | 0xA640..=0xA7CA | 0xA7F2..=0xA7FF // Cyrillic Extended-B, Bamum, Latin Extended-D
        | 0xA800..=0xAB2F // Syloti Nagri to Ethiopic Extended-A: no case
        | 0xAB30..=0xAB6B | 0xAB70..=0xABBF // Latin Extended-E, small Cherokee
        | 0xABC0..=0xD7FF // Meetei Mayek, Hangul: no case
        | 0xE000..=0xFFFF // private use, compatibility and full-width forms
        | 0x1_0400..=0x1_049D | 0x1_04B0..=0x1_04D3 | 0x1_04D8..=0x1_04FB // Deseret, Shavian, Osage
        | 0x1_D000..=0x1_D7FF // music, mathematical letters: no case
        | 0x1_E900..=0x1_E943 // Adlam
        | 0x1_F000..=0x1_FBFF // emoji
        | 0x2_0000..=0x3_FFFF // more CJK
        | 0xE_0000..=0xE_01EF // tags, variation selectors
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_lowers_ascii_letters_alone_in_texts_of_any_length() {
        for length in [0, 1, 127, 128, 129, 400] {
            let text: String = "AbÉz".chars().cycle().take(length).collect();
            fold_ascii(&text, |folded| {
                assert_eq!(folded, text.to_ascii_lowercase())
            });
        }
    }

    #[test]
    fn texts_of_any_length_are_decoded_as_javascript_has_them() {
        let plain = ['x', 'é', '\u{7ff}', '\u{800}', '漢', '\u{ffff}'];
        for length in [1022, 1023, 1024, 1025, 2047, 2048, 5000] {
            let text: String = plain.into_iter().cycle().take(length).collect();
            let mut units: Vec<u16> = text.encode_utf16().collect();
            assert_eq!(from_utf16(&units), text);
            units[length / 2] = 0xDC00;
            units.extend([0xD83D, 0xDE00, 0xD83D]);
            let decoded = from_utf16(&units);
            assert_eq!(utf16(&decoded).collect::<Vec<_>>(), units, "{length}");
        }
        for before in 1020..1026 {
            let text = format!("{}\u{1f600}", "x".repeat(before));
            let units: Vec<u16> = text.encode_utf16().collect();
            assert_eq!(from_utf16(&units), text);
        }
    }

    #[test]
    fn lone_surrogates_survive_the_round_trip() {
        let units = [0x61, 0xD83D, 0x62, 0xDE00, 0xD83D, 0xDE00];
        let text = from_utf16(&units);
        assert!(has_lone_surrogate(&text));
        assert_eq!(utf16(&text).collect::<Vec<_>>(), units);
        assert_eq!(well_formed(&text), "a\u{fffd}b\u{fffd}\u{1f600}");
        assert!(!has_lone_surrogate("\u{1f600} \u{10f7ff}"));
    }

    #[test]
    fn strings_are_ordered_by_code_unit() {
        assert_eq!(compare("\u{1f600}", "\u{ffff}"), Ordering::Less);
        assert_eq!(compare("é", "z"), Ordering::Greater);
        assert_eq!(compare("10", "9"), Ordering::Less);
    }

    #[test]
    fn half_a_pair_is_found_inside_a_whole_one() {
        let high = from_utf16(&[0xD83D]);
        assert!(holds("x\u{1f600}", &high, Placement::Anywhere));
        assert!(!holds("x\u{1f600}", &high, Placement::End));
    }

    #[test]
    fn lower_case_is_left_to_javascript_where_unicode_still_moves() {
        assert_eq!(to_lower_case("ÀΣ İ").as_deref(), Some("àς i\u{307}"));
        assert_eq!(to_lower_case("\u{a7cb}"), None);
        assert_eq!(to_lower_case("ΑΣ\u{1780}"), None);
        assert_eq!(to_lower_case("ភ្នំពេញ € 20 ★").as_deref(), Some("ភ្នំពេញ € 20 ★"));
        assert_eq!(to_lower_case("Ⴀ Ა Ꭰ Ⅷ Ⓩ K").as_deref(), Some("ⴀ ა ꭰ ⅷ ⓩ k"));
    }
}
