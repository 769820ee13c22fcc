//! Values of JSON.

use posthog_node_native::js::json::Json;
use posthog_node_native::js::text::from_utf16;

use super::bytes::Bytes;
use super::given::TEXTS;

/// Any value.
pub fn any(bytes: &mut Bytes<'_>, depth: usize) -> Json<'static> {
    match bytes.below(if depth == 0 { 6 } else { 9 }) {
        0 => Json::Null,
        1 => Json::Bool(bytes.chance(128)),
        2 => Json::Number(finite(bytes.number())),
        3 | 4 => text(bytes.choose(&TEXTS)),
        5 => text(&from_utf16(&bytes.utf16())),
        6 | 7 => {
            let count = bytes.below(5);
            Json::Array((0..count).map(|_| any(bytes, depth - 1)).collect())
        }
        _ => {
            let count = bytes.below(4);
            let names = ["toString", "length", "values", "key", "type"];
            let fields = (0..count).map(|_| (bytes.choose(&names).into(), any(bytes, depth - 1)));
            Json::Object(fields.collect())
        }
    }
}

/// JSON has no NaN.
pub fn finite(number: f64) -> f64 {
    if number.is_nan() { 0.0 } else { number }
}

/// A text.
pub fn text(text: &str) -> Json<'static> {
    Json::String(text.to_owned().into())
}
