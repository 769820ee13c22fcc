//! A JavaScript value as an argument of a call.

use posthog_node_native::binding::arguments::{Argument, Other, Text, read_input, read_start};
use posthog_node_native::compiled::Slot;
use posthog_node_native::evaluate::call::CallInputs;
use posthog_node_native::js::exotic::{Aspect, Described, Exotic};
use posthog_node_native::js::json::Json;
use posthog_node_native::js::text::{self, Placement};
use posthog_node_native::js::value::{LongText, ReadText};

use super::bytes::Bytes;

/// What a call may bring for an input.
#[derive(Debug, Clone)]
pub enum Given {
    Text(Vec<u16>),
    Number(f64),
    Bool(bool),
    Undefined,
    Null,
    /// A property that is there and `undefined`.
    OwnUndefined,
    /// Neither of these, with what JavaScript says of it.
    Described(Described),
}

/// Answers as Node-API does.
impl Text for Given {
    fn read_utf16(&self, buffer: &mut [u16]) -> Option<usize> {
        let Self::Text(units) = self else { return None };
        let count = units.len().min(buffer.len() - 1);
        buffer[..count].copy_from_slice(&units[..count]);
        buffer[count] = 0;
        Some(count)
    }

    fn read_latin1(&self, buffer: &mut [u8]) -> Option<usize> {
        let Self::Text(units) = self else { return None };
        let count = units.len().min(buffer.len() - 1);
        for (byte, unit) in buffer.iter_mut().zip(&units[..count]) {
            *byte = *unit as u8;
        }
        buffer[count] = 0;
        Some(count)
    }

    fn utf8_length(&self) -> Option<usize> {
        match self {
            Self::Text(units) => Some(String::from_utf16_lossy(units).len()),
            _ => None,
        }
    }

    fn utf16_length(&self) -> Option<usize> {
        match self {
            Self::Text(units) => Some(units.len()),
            _ => None,
        }
    }
}

impl Argument for Given {
    fn later(&self) -> LongText {
        match self {
            Self::Text(units) => LongText::new(Later(units.clone())),
            _ => LongText::new(Later(Vec::new())),
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
            Self::Undefined => Other::Absent,
            Self::Null => Other::Null,
            Self::Described(described) => Other::Exotic(Exotic::new(described.clone())),
            // What a value says that could not be read a moment ago.
            _ => Other::Undefined,
        }
    }
}

/// A text that is read later.
#[derive(Debug)]
struct Later(Vec<u16>);

impl ReadText for Later {
    fn start(&self, count: usize) -> String {
        read_start(&Given::Text(self.0.clone()), count).unwrap_or_default()
    }

    fn whole(&self) -> String {
        text::from_utf16(&self.0)
    }

    fn time(&self) -> f64 {
        f64::NAN
    }

    fn holds(&self, _needle: &str, _placement: Placement) -> Option<bool> {
        None
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

/// What exotic values say of themselves: a list, a symbol, a date, an invalid one, what throws, a true list, no groups.
fn exotic(kind: usize) -> Described {
    let text = |text: &str| Described {
        text: Ok(text.into()),
        template: Ok(text.into()),
        ..Described::default()
    };
    match kind {
        0 => Described {
            canonical: Aspect::Is(r#"["a","b"]"#.into()),
            representable: Aspect::Is(()),
            ..text("a,b")
        },
        1 => Described {
            template: Err("TypeError: no".into()),
            date: Err("TypeError: no".into()),
            ..text("Symbol()")
        },
        2 => Described {
            date: Ok(Some(1_709_208_000_000.0)),
            ..text("Thu")
        },
        3 => Described {
            date: Ok(Some(f64::NAN)),
            ..text("Invalid Date")
        },
        4 => Described {
            text: Err("TypeError".into()),
            template: Err("TypeError".into()),
            canonical: Aspect::Throws("x".into()),
            representable: Aspect::Throws("".into()),
            truthy: Err("y".into()),
            date: Err("z".into()),
            json: None,
            unreadable: None,
        },
        5 => Described {
            canonical: Aspect::Is("[true]".into()),
            representable: Aspect::Is(()),
            truthy: Ok(true),
            ..text("true")
        },
        _ => Described {
            unreadable: Some("expected groups to be an object".into()),
            ..Described::default()
        },
    }
}

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
            10 => Self::Described(exotic(bytes.below(7))),
            _ => Self::OwnUndefined,
        }
    }

    /// Of a value of a document.
    pub fn of_json(value: &Json) -> Self {
        match value {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(value) => Self::Number(*value),
            Json::String(value) => Self::text(value),
            Json::Array(_) | Json::Object(_) => Self::Described(exotic(0)),
        }
    }

    /// Has it read for a slot.
    pub fn set(&self, inputs: &mut CallInputs, slot: Slot) {
        read_input(inputs, slot, self);
    }
}
