//! What `JSON.parse` takes and serde_json does not.

use crate::js::text;

/// How a repaired document writes a number beyond the range of a double: a string that starts with a character which
/// Unicode reserves for uses like this.
const INFINITY: &str = "\"\u{fdd0}Infinity\"";
const NEGATIVE_INFINITY: &str = "\"\u{fdd0}-Infinity\"";

/// Rewrites the two things that `JSON.parse` takes and serde_json does not: escaped lone surrogates and numbers beyond
/// the range of a double. `None` if the document holds neither.
pub fn repair(document: &str) -> Option<String> {
    let bytes = document.as_bytes();
    let mut out = String::with_capacity(document.len() + 16);
    let mut copied = 0;
    let mut at = 0;
    let mut in_string = false;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                in_string = !in_string;
                at += 1;
            }
            b'\\' if in_string => {
                let (length, replacement) = escape(document, at);
                if let Some(character) = replacement {
                    out.push_str(&document[copied..at]);
                    out.push(character);
                    copied = at + length;
                }
                at += length;
            }
            b'-' | b'0'..=b'9' if !in_string => {
                let end = at
                    + bytes[at..]
                        .iter()
                        .take_while(|byte| {
                            matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')
                        })
                        .count();
                if document[at..end].parse::<f64>().is_ok_and(f64::is_infinite) {
                    out.push_str(&document[copied..at]);
                    out.push_str(if bytes[at] == b'-' {
                        NEGATIVE_INFINITY
                    } else {
                        INFINITY
                    });
                    copied = end;
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    (copied > 0).then(|| {
        out.push_str(&document[copied..]);
        out
    })
}

/// The length of the escape sequence at `at`, and what to write in its place if it is a lone surrogate.
fn escape(document: &str, at: usize) -> (usize, Option<char>) {
    let Some(unit) = unicode_escape(document, at) else {
        return (2, None);
    };
    match unit {
        0xD800..=0xDBFF => match unicode_escape(document, at + 6) {
            Some(0xDC00..=0xDFFF) => (12, None),
            _ => (6, Some(text::lone_surrogate(unit))),
        },
        0xDC00..=0xDFFF => (6, Some(text::lone_surrogate(unit))),
        _ => (6, None),
    }
}

fn unicode_escape(document: &str, at: usize) -> Option<u16> {
    let digits = document.get(at..at + 6)?.strip_prefix("\\u")?;
    u16::from_str_radix(digits, 16).ok()
}
