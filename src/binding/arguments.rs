//! Reads the inputs of an evaluation from its arguments.
//!
//! Every kind of value has its own cheapest question, so strings are asked for first, then numbers, then booleans; only
//! what is none of these has its type looked up. Strings are read as UTF-16, which is exact and no slower than any other
//! encoding, and narrowed.

use std::ptr;

use napi::sys;

use super::host::Hooks;
use crate::context::{Description, Exotic, Value};
use crate::json::Json;
use crate::text;

/// Strings up to this many code units are read in one call.
const SHORT: usize = 128;

/// The inputs of one call, and the memory their texts live in.
#[derive(Debug, Default)]
pub struct Arguments {
    read: Vec<Read>,
    texts: String,
    exotics: Vec<Exotic>,
}

/// An input, before its text has a fixed address.
#[derive(Debug, Clone, Copy)]
enum Read {
    Missing,
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    /// A range of `texts`.
    Text(usize, usize),
    /// A range of `texts` that holds lone surrogates.
    IllFormed(usize, usize),
    /// An index into `exotics`.
    Exotic(usize),
}

impl Arguments {
    /// Forgets the last call's inputs and keeps the memory.
    pub fn clear(&mut self) {
        self.read.clear();
        self.texts.clear();
        self.exotics.clear();
    }

    /// Reads the next input.
    ///
    /// # Safety
    ///
    /// `env` and `value` must be those of the running callback, and `hooks` of the same.
    pub unsafe fn push(&mut self, env: sys::napi_env, value: sys::napi_value, hooks: &Hooks) {
        // SAFETY: the caller's word.
        let read = unsafe { self.read(env, value, hooks) };
        self.read.push(read);
    }

    /// The inputs in the order they were read.
    pub fn values(&self) -> impl Iterator<Item = Value<'_>> {
        self.read.iter().map(|read| match *read {
            Read::Missing => Value::Missing,
            Read::Undefined => Value::Undefined,
            Read::Null => Value::Null,
            Read::Bool(value) => Value::Bool(value),
            Read::Number(value) => Value::Number(value),
            Read::Text(start, end) => Value::Text(&self.texts[start..end]),
            Read::IllFormed(start, end) => Value::IllFormed(&self.texts[start..end]),
            Read::Exotic(index) => Value::Exotic(&self.exotics[index]),
        })
    }

    /// # Safety
    ///
    /// As for [`Self::push`].
    unsafe fn read(&mut self, env: sys::napi_env, value: sys::napi_value, hooks: &Hooks) -> Read {
        // SAFETY: the caller's word covers `env` and `value`, here and below; every out-pointer is a local.
        if let Some(range) = unsafe { self.read_string(env, value) } {
            return range;
        }
        let mut number = 0.0;
        // SAFETY: as above.
        if unsafe { sys::napi_get_value_double(env, value, &mut number) } == sys::Status::napi_ok {
            return Read::Number(number);
        }
        let mut boolean = false;
        // SAFETY: as above.
        if unsafe { sys::napi_get_value_bool(env, value, &mut boolean) } == sys::Status::napi_ok {
            return Read::Bool(boolean);
        }
        let mut kind = 0;
        // SAFETY: as above.
        unsafe { sys::napi_typeof(env, value, &mut kind) };
        match kind {
            // Only an absent property is passed as `undefined`; one that is there comes as a symbol.
            sys::ValueType::napi_undefined => Read::Missing,
            sys::ValueType::napi_null => Read::Null,
            _ => match hooks
                .describe(value)
                .and_then(|description| exotic(&description))
            {
                Some(exotic) => {
                    self.exotics.push(exotic);
                    Read::Exotic(self.exotics.len() - 1)
                }
                None => Read::Undefined,
            },
        }
    }

    /// # Safety
    ///
    /// As for [`Self::push`].
    unsafe fn read_string(&mut self, env: sys::napi_env, value: sys::napi_value) -> Option<Read> {
        let mut short = [0u16; SHORT];
        let mut length = 0;
        // SAFETY: the buffer is valid for writes of its own length.
        let status = unsafe {
            sys::napi_get_value_string_utf16(env, value, short.as_mut_ptr(), SHORT, &mut length)
        };
        if status != sys::Status::napi_ok {
            return None;
        }
        let start = self.texts.len();
        if length < SHORT - 1 {
            push_utf16(&mut self.texts, &short[..length]);
        } else {
            // The buffer is full, so the string may be longer.
            // SAFETY: the caller's word.
            self.texts.push_str(&unsafe { read_text(env, value) }?);
        }
        let end = self.texts.len();
        Some(match text::has_lone_surrogate(&self.texts[start..]) {
            false => Read::Text(start, end),
            true => Read::IllFormed(start, end),
        })
    }
}

/// Reads a string of any length; `None` if the value is none.
///
/// # Safety
///
/// `env` and `value` must be those of the running callback.
pub unsafe fn read_text(env: sys::napi_env, value: sys::napi_value) -> Option<String> {
    let mut length = 0;
    // SAFETY: a null buffer asks for the length alone.
    let status =
        unsafe { sys::napi_get_value_string_utf16(env, value, ptr::null_mut(), 0, &mut length) };
    if status != sys::Status::napi_ok {
        return None;
    }
    // Node-API ends the text with a zero.
    let mut units = vec![0u16; length + 1];
    // SAFETY: the buffer is valid for writes of its own length.
    let status = unsafe {
        sys::napi_get_value_string_utf16(env, value, units.as_mut_ptr(), units.len(), &mut length)
    };
    (status == sys::Status::napi_ok).then(|| {
        let mut out = String::with_capacity(length);
        push_utf16(&mut out, &units[..length]);
        out
    })
}

fn push_utf16(out: &mut String, units: &[u16]) {
    if units.iter().all(|unit| *unit < 0x80) {
        // Each unit is a character of its own, below 0x80.
        out.extend(units.iter().map(|unit| char::from(*unit as u8)));
    } else {
        out.push_str(&text::from_utf16(units));
    }
}

/// Reads the JSON of `describe` in `lib/hooks.js`. `None` is what it says of an own property that is `undefined`.
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
