//! JavaScript's conversions of JSON values, as posthog-node's evaluator relies on them.

use std::borrow::Cow;

use crate::js::json::Json;
use crate::js::text;

/// `String(number)`.
pub fn number_to_string(number: f64) -> String {
    ryu_js::Buffer::new().format(number).to_owned()
}

/// Whether a value is truthy; `None` is `undefined`.
pub fn truthy(value: Option<&Json>) -> bool {
    match value {
        None | Some(Json::Null) => false,
        Some(Json::Bool(value)) => *value,
        Some(Json::Number(value)) => *value != 0.0 && !value.is_nan(),
        Some(Json::String(value)) => !value.is_empty(),
        Some(Json::Array(_) | Json::Object(_)) => true,
    }
}

/// `left === right`. Two arrays or objects of a document are never the same one.
pub fn strictly_equal(left: Option<&Json>, right: Option<&Json>) -> bool {
    match (left, right) {
        (None, None) => true,
        (Some(Json::Array(_) | Json::Object(_)), _)
        | (_, Some(Json::Array(_) | Json::Object(_))) => false,
        (Some(left), Some(right)) => left == right,
        _ => false,
    }
}

/// The error of `String(value)`: only an object that shadows `toString` has no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoText;

/// `String(value)`.
pub fn to_text<'a>(value: Option<&'a Json<'_>>) -> Result<Cow<'a, str>, NoText> {
    Ok(match value {
        None => Cow::Borrowed("undefined"),
        Some(Json::Null) => Cow::Borrowed("null"),
        Some(Json::Bool(true)) => Cow::Borrowed("true"),
        Some(Json::Bool(false)) => Cow::Borrowed("false"),
        Some(Json::Number(value)) => Cow::Owned(number_to_string(*value)),
        Some(Json::String(value)) => Cow::Borrowed(value),
        Some(Json::Array(items)) => {
            let mut parts = Vec::with_capacity(items.len());
            for item in items {
                parts.push(match item {
                    Json::Null => Cow::Borrowed(""),
                    item => to_text(Some(item))?,
                });
            }
            Cow::Owned(parts.join(","))
        }
        Some(Json::Object(fields)) => {
            if fields.contains_key("toString") {
                return Err(NoText);
            }
            Cow::Borrowed("[object Object]")
        }
    })
}

/// `Number(value)`.
pub fn to_number(value: Option<&Json>) -> Result<f64, NoText> {
    Ok(match value {
        None => f64::NAN,
        Some(Json::Null) => 0.0,
        Some(Json::Bool(value)) => f64::from(u8::from(*value)),
        Some(Json::Number(value)) => *value,
        Some(Json::String(value)) => string_to_number(value),
        Some(value @ Json::Array(_)) => string_to_number(&to_text(Some(value))?),
        // An object's own `valueOf` is no function either, so only its text counts.
        Some(value @ Json::Object(_)) => string_to_number(&to_text(Some(value))?),
    })
}

/// `Number(text)`.
fn string_to_number(value: &str) -> f64 {
    let value = text::trim(value);
    if value.is_empty() {
        return 0.0;
    }
    for (prefix, radix) in [
        ("0x", 16),
        ("0X", 16),
        ("0o", 8),
        ("0O", 8),
        ("0b", 2),
        ("0B", 2),
    ] {
        if let Some(digits) = value.strip_prefix(prefix) {
            let valid = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
            return match valid {
                true => {
                    u64::from_str_radix(digits, radix).map_or(f64::INFINITY, |number| number as f64)
                }
                false => f64::NAN,
            };
        }
    }
    match decimal_prefix(value) {
        Some((number, length)) if length == value.len() => number,
        _ => f64::NAN,
    }
}

/// `parseFloat(text)`; NaN if no number starts it.
pub fn parse_float(value: &str) -> f64 {
    decimal_prefix(value.trim_start_matches(text::is_white_space))
        .map_or(f64::NAN, |(number, _)| number)
}

/// The longest `StrDecimalLiteral` that starts the text, and its length in bytes.
fn decimal_prefix(value: &str) -> Option<(f64, usize)> {
    let bytes = value.as_bytes();
    let digits = |from: usize| {
        bytes[from..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    let sign = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    if value[sign..].starts_with("Infinity") {
        let infinity = if bytes[0] == b'-' {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        };
        return Some((infinity, sign + "Infinity".len()));
    }
    let whole = digits(sign);
    let mut end = sign + whole;
    if bytes.get(end) == Some(&b'.') {
        let fraction = digits(end + 1);
        if whole + fraction == 0 {
            return None;
        }
        end += 1 + fraction;
    } else if whole == 0 {
        return None;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let exponent_sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = bytes
            .get(end + 1 + exponent_sign)
            .map_or(0, |_| digits(end + 1 + exponent_sign));
        if exponent > 0 {
            end += 1 + exponent_sign + exponent;
        }
    }
    value[..end].parse().ok().map(|number| (number, end))
}

/// What a `Set` tells values apart by: type and text. `None` for composites, which equal nothing.
pub fn identity(value: Option<&Json>) -> Option<String> {
    match value {
        Some(Json::Array(_) | Json::Object(_)) => None,
        Some(Json::String(text)) => Some(format!("\"{text}")),
        other => to_text(other).ok().map(Cow::into_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(document: &str) -> Json<'static> {
        Json::parse(document.as_bytes()).unwrap()
    }

    #[test]
    fn text_of_composites_is_javascripts() {
        assert_eq!(
            to_text(Some(&json(r#"[1,null,[true,"x"],{}]"#))).unwrap(),
            "1,,true,x,[object Object]"
        );
        assert_eq!(to_text(Some(&json(r#"[{"toString":1}]"#))), Err(NoText));
        assert_eq!(to_text(Some(&json("1e21"))).unwrap(), "1e+21");
        assert_eq!(to_text(Some(&json("-0"))).unwrap(), "0");
    }

    #[test]
    fn numbers_of_values_are_javascripts() {
        for (document, expected) in [
            ("\"\"", 0.0),
            ("\" 12.5 \"", 12.5),
            ("\"0x1F\"", 31.0),
            ("[5]", 5.0),
            ("[]", 0.0),
            ("true", 1.0),
            ("null", 0.0),
            ("\".5\"", 0.5),
            ("\"5.\"", 5.0),
        ] {
            assert_eq!(
                to_number(Some(&json(document))).unwrap(),
                expected,
                "{document}"
            );
        }
        for document in [
            "\"12px\"", "{}", "[1,2]", "\"0x\"", "\"-0x1\"", "\".\"", "\"inf\"",
        ] {
            assert!(
                to_number(Some(&json(document))).unwrap().is_nan(),
                "{document}"
            );
        }
    }

    #[test]
    fn parse_float_takes_the_longest_number_at_the_start() {
        for (text, expected) in [
            ("10px", 10.0),
            ("  -.5e1x", -5.0),
            ("1e", 1.0),
            ("0x10", 0.0),
            ("5.", 5.0),
        ] {
            assert_eq!(parse_float(text), expected, "{text}");
        }
        assert_eq!(parse_float("-Infinityx"), f64::NEG_INFINITY);
        for text in ["", "px", ".", "-", "e5", "infinity", "nan"] {
            assert!(parse_float(text).is_nan(), "{text}");
        }
    }
}
