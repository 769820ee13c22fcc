//! Reads the inputs of an evaluation from its arguments. Knows of Node only what [`Argument`] says.
//!
//! Every kind of value has its own cheapest question, so strings are asked for first, then numbers, then booleans; only
//! what is none of these has its type looked up. Strings are read as UTF-16, which is exact and no slower than any other
//! encoding, and narrowed.

use crate::call::CallInputs;
use crate::compiled::Slot;
use crate::context::{Description, Exotic};
use crate::json::Json;
use crate::text;

/// Strings of fewer code units are read in one call.
const SHORT: usize = 128;

/// What can be asked of an argument.
pub trait Argument {
    /// Reads a string as far as there is room for it and for the zero behind it; the number of code units without that.
    /// `None` if the value is no string.
    fn read_utf16(&self, buffer: &mut [u16]) -> Option<usize>;
    /// How many code units the string has.
    fn utf16_length(&self) -> Option<usize>;
    /// The value, if it is a number.
    fn number(&self) -> Option<f64>;
    /// The value, if it is a boolean.
    fn bool(&self) -> Option<bool>;
    /// What a value that is none of these is.
    fn other(&self) -> Other;
}

/// What an argument is that is no string, number or boolean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Other {
    /// `undefined`.
    Undefined,
    /// `null`.
    Null,
    /// What `describe` in `lib/exotic-value.js` says of it, if anything.
    Described(Option<String>),
}

/// Reads one input.
#[inline]
pub fn read_input(inputs: &mut CallInputs, slot: Slot, argument: &impl Argument) {
    if read_string(inputs, slot, argument) {
        return;
    }
    if let Some(number) = argument.number() {
        return inputs.set_number(slot, number);
    }
    if let Some(boolean) = argument.bool() {
        return inputs.set_bool(slot, boolean);
    }
    match argument.other() {
        // Only an absent property is passed as `undefined`; one that is there comes as a symbol.
        Other::Undefined => inputs.set_missing(slot),
        Other::Null => inputs.set_null(slot),
        Other::Described(description) => match description.as_deref().and_then(exotic) {
            Some(exotic) => inputs.set_exotic(slot, exotic),
            None => inputs.set_undefined(slot),
        },
    }
}

/// Reads an input that is a string; whether it is one.
#[inline]
fn read_string(inputs: &mut CallInputs, slot: Slot, argument: &impl Argument) -> bool {
    let mut short = [0u16; SHORT];
    let Some(length) = argument.read_utf16(&mut short) else {
        return false;
    };
    // A full buffer may hold but the start of the string.
    if length < SHORT - 1 && is_ascii(&short[..length]) {
        let mut bytes = [0u8; SHORT];
        for (byte, unit) in bytes.iter_mut().zip(&short[..length]) {
            *byte = *unit as u8;
        }
        // SAFETY: every unit is below 0x80, so each byte is a character of its own.
        inputs.set_text(slot, unsafe {
            std::str::from_utf8_unchecked(&bytes[..length])
        });
        return true;
    }
    match read_text(argument) {
        Some(text) => inputs.set_text(slot, &text),
        None => return false,
    }
    true
}

fn is_ascii(units: &[u16]) -> bool {
    units.iter().fold(0, |all, unit| all | unit) < 0x80
}

/// Reads a string of any length; `None` if the value is none.
pub fn read_text(argument: &impl Argument) -> Option<String> {
    // Node-API ends the text with a zero.
    let mut units = vec![0u16; argument.utf16_length()? + 1];
    let length = argument.read_utf16(&mut units)?;
    Some(text::from_utf16(&units[..length]))
}

/// Reads the JSON of `describe` in `lib/exotic-value.js`. `None` is what it says of an own property that is `undefined`.
fn exotic(description: &str) -> Option<Exotic> {
    let description = Json::parse(description.as_bytes()).ok()?;
    let text = |name: &str| match part(&description, name) {
        ("is", Some(Json::String(text))) => Ok(text.clone()),
        (_, Some(Json::String(message))) => Err(message.clone()),
        _ => Err("the value cannot be described".into()),
    };
    let throws = |value: Option<&Json>| match value {
        Some(Json::String(message)) => message.clone(),
        _ => "the value cannot be described".into(),
    };
    Some(Exotic {
        text: text("text"),
        template: text("template"),
        canonical: match part(&description, "canonical") {
            ("is", Some(Json::String(text))) => Description::Is(text.clone()),
            ("throws", message) => Description::Throws(throws(message)),
            _ => Description::Inconclusive,
        },
        representable: match part(&description, "representable") {
            ("is", _) => Description::Is(()),
            ("throws", message) => Description::Throws(throws(message)),
            _ => Description::Inconclusive,
        },
        truthy: match part(&description, "truthy") {
            ("is", value) => Ok(value == Some(&Json::Bool(true))),
            (_, message) => Err(throws(message)),
        },
        date: match part(&description, "date") {
            ("is", Some(date)) => Ok(date.get("time").map(|time| match time {
                Json::Number(time) => *time,
                _ => f64::NAN,
            })),
            (_, message) => Err(throws(message)),
        },
        unreadable: description
            .get("unreadable")
            .map(|message| throws(Some(message))),
    })
}

/// `[how, what]` under a name.
fn part<'a>(description: &'a Json, name: &str) -> (&'a str, Option<&'a Json>) {
    match description.get(name) {
        Some(Json::Array(pair)) => match pair.as_slice() {
            [Json::String(how), rest @ ..] => (how, rest.first()),
            _ => ("", None),
        },
        _ => ("", None),
    }
}
