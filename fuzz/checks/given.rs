//! A JavaScript value as an argument of a call.

use posthog_node_native::binding::arguments::{Argument, Other, read_input};
use posthog_node_native::call::CallInputs;
use posthog_node_native::compiled::Slot;
use posthog_node_native::json::Json;
use posthog_node_native::text;

use super::bytes::Bytes;

/// What a call may bring for an input.
#[derive(Debug, Clone)]
pub enum Given {
    Text(Vec<u16>),
    Number(f64),
    Bool(bool),
    Undefined,
    Null,
    /// Neither of these, with what `describe` in `lib/exotic-value.js` says.
    Described(Option<String>),
}

/// Answers as Node-API does.
impl Argument for Given {
    fn read_utf16(&self, buffer: &mut [u16]) -> Option<usize> {
        let Self::Text(units) = self else { return None };
        let count = units.len().min(buffer.len() - 1);
        buffer[..count].copy_from_slice(&units[..count]);
        buffer[count] = 0;
        Some(count)
    }

    fn utf16_length(&self) -> Option<usize> {
        match self {
            Self::Text(units) => Some(units.len()),
            _ => None,
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    fn bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    fn other(&self) -> Other {
        match self {
            Self::Undefined => Other::Undefined,
            Self::Null => Other::Null,
            Self::Described(description) => Other::Described(description.clone()),
            // What a value says that could not be read a moment ago.
            _ => Other::Described(None),
        }
    }
}

/// Texts that filters are about, and near misses of them.
pub const TEXTS: [&str; 40] = [
    "",
    "a",
    "A",
    "true",
    "True",
    "false",
    "null",
    "undefined",
    "0",
    "1",
    "1.0",
    " 1",
    "-5",
    "5px",
    "1e3",
    "0x10",
    "Infinity",
    "NaN",
    "pro",
    "PRO ",
    "pro-é",
    "PRO-É",
    "ß",
    "İ",
    "\u{1f600}",
    "\u{a7cb}",
    "1.2.3",
    "v1.2",
    "1.2.3-rc.1",
    "2024-02-29",
    "2024-02-29T12:30:00Z",
    "2024-02-29T12:30:00.123+02:00",
    "Thu, 29 Feb 2024",
    "-7d",
    "3m",
    "1y",
    "^a+$",
    "[object Object]",
    "a,b",
    "user-17",
];

/// What exotic values say of themselves.
const DESCRIPTIONS: [&str; 7] = [
    r#"{"text":["is","a,b"],"template":["is","a,b"],"canonical":["is","[\"a\",\"b\"]"],"representable":["is"],"truthy":["is",false],"date":["is",false]}"#,
    r#"{"text":["is","Symbol()"],"template":["throws","TypeError: no"],"canonical":["inconclusive"],"representable":["inconclusive"],"truthy":["is",false],"date":["is",false]}"#,
    r#"{"text":["is","Thu"],"template":["is","Thu"],"canonical":["inconclusive"],"representable":["inconclusive"],"truthy":["is",false],"date":["is",{"time":1709208000000}]}"#,
    r#"{"text":["is","Invalid Date"],"template":["is","Invalid Date"],"canonical":["inconclusive"],"representable":["inconclusive"],"truthy":["is",false],"date":["is",{"time":null}]}"#,
    r#"{"text":["throws","TypeError"],"template":["throws","TypeError"],"canonical":["throws","x"],"representable":["throws",""],"truthy":["throws","y"],"date":["throws","z"]}"#,
    r#"{"text":["is","true"],"template":["is","true"],"canonical":["is","[true]"],"representable":["is"],"truthy":["is",true],"date":["is",false]}"#,
    r#"{"unreadable":"expected groups to be an object"}"#,
];

impl Given {
    pub fn text(text: &str) -> Self {
        Self::Text(text::utf16(text).collect())
    }

    /// Any value.
    pub fn any(bytes: &mut Bytes<'_>) -> Self {
        match bytes.below(12) {
            0 => Self::Undefined,
            1 => Self::Null,
            2 => Self::Bool(bytes.chance(128)),
            3 | 4 => Self::Number(bytes.number()),
            5..=8 => Self::text(bytes.choose(&TEXTS)),
            9 => Self::Text(bytes.utf16()),
            10 => Self::Described(Some(bytes.choose(&DESCRIPTIONS).to_owned())),
            _ => Self::Described(None),
        }
    }

    /// Of a value of a document.
    pub fn of_json(value: &Json) -> Self {
        match value {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(value) => Self::Number(*value),
            Json::String(value) => Self::text(value),
            Json::Array(_) | Json::Object(_) => Self::Described(Some(DESCRIPTIONS[0].to_owned())),
        }
    }

    /// Has it read for a slot.
    pub fn set(&self, inputs: &mut CallInputs, slot: Slot) {
        read_input(inputs, slot, self);
    }
}
