//! JSON text as a value, read in half the time that serde_json takes. What is out of the ordinary is left to serde_json: text
//! that is no JSON, nests too deeply, or has numbers that no double holds.

use std::borrow::Cow;

use super::read::text_or_number;
use super::tree::{Fields, Json};

/// serde_json reads no more levels either.
const MAX_DEPTH: usize = 127;

/// Integers of so many digits are doubles.
const EXACT_DIGITS: usize = 15;

/// Reads texts one after the other.
#[derive(Debug, Default)]
pub struct PlainReader<'d> {
    /// Fields and items of what is being read, those of the innermost part last.
    fields: Vec<(Cow<'d, str>, Json<'d>)>,
    items: Vec<Json<'d>>,
}

impl<'d> PlainReader<'d> {
    /// The value, or `None` if serde_json has to read the text.
    pub fn read(&mut self, text: &'d str) -> Option<Json<'d>> {
        self.fields.clear();
        self.items.clear();
        let mut place = Place { text, at: 0 };
        let value = self.value(&mut place, MAX_DEPTH)?;
        place.skip_space();
        (place.at == text.len()).then_some(value)
    }

    fn value(&mut self, place: &mut Place<'d>, depth: usize) -> Option<Json<'d>> {
        place.skip_space();
        match place.byte()? {
            b'"' => Some(text_or_number(place.string()?)),
            b'{' => self.object(place, depth.checked_sub(1)?),
            b'[' => self.list(place, depth.checked_sub(1)?),
            b't' => place.word("true").then_some(Json::Bool(true)),
            b'f' => place.word("false").then_some(Json::Bool(false)),
            b'n' => place.word("null").then_some(Json::Null),
            _ => place.number().map(Json::Number),
        }
    }

    fn object(&mut self, place: &mut Place<'d>, depth: usize) -> Option<Json<'d>> {
        let first = self.fields.len();
        place.at += 1;
        place.skip_space();
        if !place.skip(b'}') {
            loop {
                place.skip_space();
                let key = place.string()?;
                place.skip_space();
                if !place.skip(b':') {
                    return None;
                }
                let value = self.value(place, depth)?;
                self.fields.push((key, value));
                place.skip_space();
                if place.skip(b'}') {
                    break;
                }
                if !place.skip(b',') {
                    return None;
                }
            }
        }
        Some(Json::Object(Fields::of(self.fields.drain(first..))))
    }

    fn list(&mut self, place: &mut Place<'d>, depth: usize) -> Option<Json<'d>> {
        let first = self.items.len();
        place.at += 1;
        place.skip_space();
        if !place.skip(b']') {
            loop {
                let item = self.value(place, depth)?;
                self.items.push(item);
                place.skip_space();
                if place.skip(b']') {
                    break;
                }
                if !place.skip(b',') {
                    return None;
                }
            }
        }
        Some(Json::Array(self.items.drain(first..).collect()))
    }
}

/// A place in JSON text.
#[derive(Debug)]
pub struct Place<'d> {
    /// The text.
    pub text: &'d str,
    /// How many bytes of it are behind.
    pub at: usize,
}

impl<'d> Place<'d> {
    /// The next byte.
    #[inline]
    pub fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Goes on behind white space.
    #[inline]
    pub fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            self.at += 1;
        }
    }

    /// Goes on behind this byte, if it is the next one.
    #[inline]
    pub fn skip(&mut self, byte: u8) -> bool {
        let is_next = self.byte() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    /// Goes on behind a string. What it is, is left open: it may have escapes or control characters that are wrong.
    #[inline]
    pub fn skip_string(&mut self) -> Option<Quoted<'d>> {
        if !self.skip(b'"') {
            return None;
        }
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut is_plain = true;
        loop {
            self.at += plain_length(bytes.get(self.at..)?);
            match *bytes.get(self.at)? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
            is_plain = false;
        }
        let text = self.text.get(start..self.at)?;
        self.at += 1;
        Some(Quoted { text, is_plain })
    }

    fn string(&mut self) -> Option<Cow<'d, str>> {
        let start = self.at;
        let Quoted { text, is_plain } = self.skip_string()?;
        if is_plain {
            return Some(Cow::Borrowed(text));
        }
        let quoted = &self.text[start..self.at];
        serde_json::from_str(quoted).ok().map(Cow::Owned)
    }

    fn word(&mut self, word: &str) -> bool {
        let rest = self.text.as_bytes().get(self.at..);
        let is_next = rest.is_some_and(|rest| rest.starts_with(word.as_bytes()));
        self.at += word.len();
        is_next
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Option<f64> {
        let start = self.at;
        let is_negative = self.skip(b'-');
        let leads_with_zero = self.byte() == Some(b'0');
        let digits = self.digits();
        if digits == 0 || leads_with_zero && digits > 1 {
            return None;
        }
        let mut is_integer = true;
        if self.skip(b'.') {
            is_integer = false;
            if self.digits() == 0 {
                return None;
            }
        }
        if self.skip(b'e') || self.skip(b'E') {
            is_integer = false;
            let _ = self.skip(b'+') || self.skip(b'-');
            if self.digits() == 0 {
                return None;
            }
        }
        let text = &self.text[start..self.at];
        if is_integer && !is_negative && digits <= EXACT_DIGITS {
            let number = text
                .bytes()
                .fold(0, |number, digit| 10 * number + u64::from(digit - b'0'));
            return Some(number as f64);
        }
        let number: f64 = text.parse().ok()?;
        number.is_finite().then_some(number)
    }
}

/// A string, as it stands in JSON text.
#[derive(Debug)]
pub struct Quoted<'d> {
    /// What stands between its quotes.
    pub text: &'d str,
    /// It has neither escapes nor control characters, so that this is what it means.
    pub is_plain: bool,
}

/// How many bytes stand before the first quote, backslash or control character. Eight bytes are looked at in one step.
#[inline]
fn plain_length(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const HIGHEST_BITS: u64 = ONES << 7;
    /// The highest bit of each byte that is less than `limit`. Above the lowest of them others may be set, too.
    #[inline]
    fn less(eight: u64, limit: u8) -> u64 {
        eight.wrapping_sub(ONES * u64::from(limit)) & !eight & HIGHEST_BITS
    }
    #[inline]
    fn equal(eight: u64, byte: u8) -> u64 {
        less(eight ^ (ONES * u64::from(byte)), 1)
    }
    let (steps, rest) = bytes.as_chunks::<8>();
    for (index, step) in steps.iter().enumerate() {
        let eight = u64::from_le_bytes(*step);
        let found = less(eight, b' ') | equal(eight, b'"') | equal(eight, b'\\');
        if found != 0 {
            return 8 * index + found.trailing_zeros() as usize / 8;
        }
    }
    let is_found = |byte: &u8| *byte < b' ' || matches!(byte, b'"' | b'\\');
    8 * steps.len() + rest.iter().position(is_found).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares with what serde_json reads. Whether the text was plain.
    fn check(text: &str) -> bool {
        let plain = PlainReader::default().read(text);
        let Some(plain) = plain else { return false };
        let expected: Json = serde_json::from_str(text).expect(text);
        let [plain, expected] = [plain, expected].map(|value| {
            let mut out = String::new();
            value.write(&mut out);
            out
        });
        assert_eq!(plain, expected, "{text}");
        true
    }

    #[test]
    fn plain_text_is_read_as_serde_json_reads_it() {
        for text in [
            r#"{"key":"a","id":17,"filters":{"groups":[{"properties":[],"rollout_percentage":12.5}]}}"#,
            " { \"a\" : [ 1 , -2.5e-3 , true , false , null , \"\" ] ,\n\t\"b\" : { } }\r\n",
            r#"{"a":1,"b":2,"a":3}"#,
            r#"["\u00e9\n\"\\\/","\ud83d\ude00 é","漢"]"#,
            "0",
            "-0",
            "-0.0",
            "9007199254740993",
            "123456789012345",
            "1234567890123456",
            "18446744073709551617",
            "0.1",
            "1e21",
            "5e-324",
            "[1.7976931348623157e308,[]]",
            "\"\u{fdd0}Infinity\"",
            "\"\u{fdd0}-Infinity\"",
            "\"\u{fdd0}other\"",
        ] {
            assert!(check(text), "{text}");
        }
        let many: Vec<_> = (0..40).map(|n| format!("\"k{}\":{n}", n % 30)).collect();
        assert!(check(&format!("{{{}}}", many.join(","))));
        assert!(check(&("[".repeat(127) + &"]".repeat(127))));
    }

    #[test]
    fn the_first_byte_that_is_not_plain_is_found_wherever_it_stands() {
        let is_plain = |byte: u8| byte >= b' ' && !matches!(byte, b'"' | b'\\');
        for length in 0..20 {
            assert_eq!(plain_length(&vec![b'a'; length]), length);
            for place in 0..length {
                for byte in 0..=u8::MAX {
                    for others in [b' ', b'!', b'#', b'[', b']', 0x7f, 0x80, 0xa0, 0xdc, 0xff] {
                        let mut bytes = vec![others; length];
                        bytes[place] = byte;
                        let expected = if is_plain(byte) { length } else { place };
                        assert_eq!(plain_length(&bytes), expected, "{bytes:?}");
                        // What comes behind it does not matter.
                        bytes[place..].fill(byte);
                        assert_eq!(plain_length(&bytes), expected, "{bytes:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn everything_else_is_left_to_serde_json() {
        for text in [
            "",
            " ",
            "{",
            "[1,]",
            "[,1]",
            "[1 2]",
            "{\"a\"}",
            "{\"a\":1,}",
            "{a:1}",
            "{\"a\":1 \"b\":2}",
            "[}",
            "{]",
            "01",
            "-",
            "1.",
            ".5",
            "1e",
            "+1",
            "1e400",
            "-1e400",
            "nul",
            "nulls",
            "tru",
            "truefalse",
            "\"",
            "\"\\\"",
            "\"\\x\"",
            "\"\\ud800\"",
            "\"\t\"",
            "\"\u{1}\"",
            "1 1",
            "[1]]",
            "NaN",
        ] {
            assert!(!check(text), "{text}");
        }
        assert!(!check(&("[".repeat(128) + &"]".repeat(128))));
    }

    #[test]
    fn a_text_that_was_given_up_leaves_nothing_behind() {
        let mut reader = PlainReader::default();
        assert!(reader.read(r#"{"a":[1,2,{"b":3,"#).is_none());
        assert_eq!(reader.read("[]"), Some(Json::Array(Vec::new())));
        assert_eq!(reader.read("{}"), Some(Json::Object(Fields::default())));
    }

    #[test]
    fn what_is_cut_short_or_changed_is_never_read_differently() {
        let text =
            r#"{"key":"flag-é","n":[-12.50e+3,0,true,null],"o":{"p":"q\u0041\"r","":false}}"#;
        for (at, _) in text.char_indices() {
            check(&text[..at]);
            for other in [
                "\"", "\\", "{", "}", "[", "]", ",", ":", "0", "-", "e", " ", "\n",
            ] {
                let end = at + text[at..].chars().next().map_or(0, char::len_utf8);
                check(&format!("{}{other}{}", &text[..at], &text[end..]));
                check(&format!("{}{other}{}", &text[..at], &text[at..]));
            }
        }
    }
}
