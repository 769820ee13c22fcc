//! Reads the inputs of an evaluation from its arguments.
//!
//! Every kind of value has its own cheapest question, so strings are asked for first, then numbers, then booleans; only
//! what is none of these has its type looked up. Strings are read as UTF-16, which is exact and no slower than any other
//! encoding, and narrowed.

use std::ptr;

use napi::sys;

use super::host::Hooks;
use crate::call::CallInputs;
use crate::compiled::Slot;
use crate::context::{Description, Exotic};
use crate::json::Json;
use crate::text;

/// Strings of fewer code units are read in one call.
const SHORT: usize = 128;

/// Reads one input.
///
/// # Safety
///
/// `env` and `value` must be those of the running callback, and `hooks` of the same.
pub unsafe fn read_input(
    inputs: &mut CallInputs,
    slot: Slot,
    env: sys::napi_env,
    value: sys::napi_value,
    hooks: &Hooks,
) {
    // SAFETY: the caller's word covers `env` and `value`, here and below; every out-pointer is a local.
    if unsafe { read_string(inputs, slot, env, value) } {
        return;
    }
    let mut number = 0.0;
    // SAFETY: as above.
    if unsafe { sys::napi_get_value_double(env, value, &mut number) } == sys::Status::napi_ok {
        return inputs.set_number(slot, number);
    }
    let mut boolean = false;
    // SAFETY: as above.
    if unsafe { sys::napi_get_value_bool(env, value, &mut boolean) } == sys::Status::napi_ok {
        return inputs.set_bool(slot, boolean);
    }
    let mut kind = 0;
    // SAFETY: as above.
    unsafe { sys::napi_typeof(env, value, &mut kind) };
    match kind {
        // Only an absent property is passed as `undefined`; one that is there comes as a symbol.
        sys::ValueType::napi_undefined => inputs.set_missing(slot),
        sys::ValueType::napi_null => inputs.set_null(slot),
        _ => match hooks
            .describe(value)
            .and_then(|description| exotic(&description))
        {
            Some(exotic) => inputs.set_exotic(slot, exotic),
            None => inputs.set_undefined(slot),
        },
    }
}

/// Reads an input that is a string; whether it is one.
///
/// # Safety
///
/// As for [`read_input`].
unsafe fn read_string(
    inputs: &mut CallInputs,
    slot: Slot,
    env: sys::napi_env,
    value: sys::napi_value,
) -> bool {
    let mut short = [0u16; SHORT];
    let mut length = 0;
    // SAFETY: the buffer is valid for writes of its own length.
    let status = unsafe {
        sys::napi_get_value_string_utf16(env, value, short.as_mut_ptr(), SHORT, &mut length)
    };
    if status != sys::Status::napi_ok {
        return false;
    }
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
    // SAFETY: the caller's word.
    match unsafe { read_text(env, value) } {
        Some(text) => inputs.set_text(slot, &text),
        None => return false,
    }
    true
}

fn is_ascii(units: &[u16]) -> bool {
    units.iter().fold(0, |all, unit| all | unit) < 0x80
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
    (status == sys::Status::napi_ok).then(|| text::from_utf16(&units[..length]))
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
