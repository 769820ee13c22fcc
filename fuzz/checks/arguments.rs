//! Arguments of a call, as they cross the boundary.

use std::cell::Cell;

use posthog_node_native::binding::arguments::{Argument, Other, read_input, read_text};
use posthog_node_native::call::CallInputs;
use posthog_node_native::context::{Description, Exotic, Value};
use posthog_node_native::json::Json;
use posthog_node_native::text;

use super::bytes::Bytes;
use super::given::Given;

pub fn check(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let mut inputs = CallInputs::default();
    // What is left of one call does not show in the next.
    for _ in 0..1 + bytes.below(3) {
        let given: Vec<_> = (0..1 + bytes.below(12))
            .map(|_| argument(&mut bytes))
            .collect();
        inputs.begin(given.len());
        for (slot, (given, _)) in given.iter().enumerate() {
            read_input(&mut inputs, slot, given);
        }
        for (slot, (given, exotic)) in given.iter().enumerate() {
            read_back(inputs.value(slot), given, exotic.as_ref());
        }
    }
    let faulty = Faulty {
        given: argument(&mut bytes).0,
        answers: Cell::new(bytes.below(6)),
    };
    inputs.begin(1);
    read_input(&mut inputs, 0, &faulty);
    let _ = inputs.value(0);
}

/// Any argument, with what is known of it if it is exotic.
fn argument(bytes: &mut Bytes<'_>) -> (Given, Option<Exotic>) {
    match bytes.below(4) {
        0 => {
            let (description, exotic) = described(bytes);
            (Given::Described(Some(description)), Some(exotic))
        }
        1 if bytes.chance(128) => {
            let count = bytes.below(300);
            let description = String::from_utf8_lossy(bytes.take(count)).into_owned();
            (Given::Described(Some(description)), None)
        }
        1 => {
            // Around the length up to which a string is read at once.
            let length = 120 + bytes.below(16);
            let unit = u16::from(bytes.byte());
            let mut units = vec![unit & 0x7F; length];
            units[length - 1] = bytes.u16();
            (Given::Text(units), None)
        }
        _ => (Given::any(bytes), None),
    }
}

fn read_back(value: Value<'_>, given: &Given, exotic: Option<&Exotic>) {
    match (given, value) {
        (Given::Text(units), Value::Text(read) | Value::IllFormed(read)) => {
            assert_eq!(&text::utf16(read).collect::<Vec<_>>(), units);
            assert_eq!(Some(read), read_text(given).as_deref());
            let is_ill_formed = String::from_utf16(units).is_err();
            assert_eq!(
                matches!(value, Value::IllFormed(_)),
                is_ill_formed,
                "{units:?}"
            );
            let hashed = String::from_utf16_lossy(units);
            assert_eq!(value.to_hashed_text().ok().as_deref(), Some(&*hashed));
        }
        (Given::Number(number), Value::Number(read)) => {
            assert_eq!(read.to_bits(), number.to_bits())
        }
        (Given::Bool(given), Value::Bool(read)) => assert_eq!(read, *given),
        (Given::Undefined, Value::Missing) | (Given::Null, Value::Null) => {}
        (Given::Described(None), Value::Undefined) => {}
        (Given::Described(Some(_)), Value::Exotic(read)) => {
            if let Some(exotic) = exotic {
                assert_eq!(format!("{read:?}"), format!("{exotic:?}"));
            }
        }
        // What is no JSON says nothing.
        (Given::Described(Some(description)), Value::Undefined) => {
            assert!(
                Json::parse(description.as_bytes()).is_err(),
                "{description}"
            );
        }
        (given, value) => panic!("{given:?} is read as {value:?}"),
    }
}

/// A description as `lib/exotic-value.js` writes it, and what it says.
fn described(bytes: &mut Bytes<'_>) -> (String, Exotic) {
    let exotic = Exotic {
        text: result(bytes, message),
        template: result(bytes, message),
        canonical: description(bytes, message),
        representable: description(bytes, |_| ()),
        truthy: result(bytes, |bytes| bytes.chance(128)),
        date: result(bytes, |bytes| match bytes.below(3) {
            0 => None,
            1 => Some(f64::NAN),
            _ => Some(super::document::finite(bytes.number())),
        }),
        unreadable: bytes.chance(16).then(|| message(bytes)),
    };
    let text = |value: &str| Json::String(value.into());
    let of_result = |result: Result<Json, &str>| match result {
        Ok(value) => Json::Array(vec![text("is"), value]),
        Err(message) => Json::Array(vec![text("throws"), text(message)]),
    };
    let of_description = |description: Result<Option<Json>, &str>| match description {
        Ok(Some(value)) => Json::Array(vec![text("is"), value]),
        Ok(None) => Json::Array(vec![text("inconclusive")]),
        Err(message) => Json::Array(vec![text("throws"), text(message)]),
    };
    let canonical = match &exotic.canonical {
        Description::Is(canonical) => Ok(Some(text(canonical))),
        Description::Inconclusive => Ok(None),
        Description::Throws(message) => Err(&**message),
    };
    let representable = match &exotic.representable {
        Description::Is(()) => Ok(Some(Json::Null)),
        Description::Inconclusive => Ok(None),
        Description::Throws(message) => Err(&**message),
    };
    let date = exotic.date.as_ref().map(|date| match date {
        None => Json::Bool(false),
        Some(time) => {
            let time = if time.is_nan() {
                Json::Null
            } else {
                Json::Number(*time)
            };
            Json::Object([("time".into(), time)].into_iter().collect())
        }
    });
    let mut fields: Vec<(Box<str>, Json)> = vec![
        (
            "text".into(),
            of_result(
                exotic
                    .text
                    .as_deref()
                    .map(text)
                    .map_err(|message| &**message),
            ),
        ),
        (
            "template".into(),
            of_result(
                exotic
                    .template
                    .as_deref()
                    .map(text)
                    .map_err(|message| &**message),
            ),
        ),
        ("canonical".into(), of_description(canonical)),
        ("representable".into(), of_description(representable)),
        (
            "truthy".into(),
            of_result(
                exotic
                    .truthy
                    .as_ref()
                    .map(|value| Json::Bool(*value))
                    .map_err(|message| &**message),
            ),
        ),
        ("date".into(), of_result(date.map_err(|message| &**message))),
    ];
    if let Some(message) = &exotic.unreadable {
        fields.push(("unreadable".into(), text(message)));
    }
    let mut json = String::new();
    Json::Object(fields.into_iter().collect()).write(&mut json);
    (json, exotic)
}

fn message(bytes: &mut Bytes<'_>) -> Box<str> {
    text::from_utf16(&bytes.utf16()).into()
}

fn result<T>(bytes: &mut Bytes<'_>, value: impl Fn(&mut Bytes<'_>) -> T) -> Result<T, Box<str>> {
    match bytes.chance(64) {
        true => Err(message(bytes)),
        false => Ok(value(bytes)),
    }
}

fn description<T>(bytes: &mut Bytes<'_>, value: impl Fn(&mut Bytes<'_>) -> T) -> Description<T> {
    match bytes.below(3) {
        0 => Description::Is(value(bytes)),
        1 => Description::Inconclusive,
        _ => Description::Throws(message(bytes)),
    }
}

/// Fails after some answers, as Node-API does once an exception is pending.
struct Faulty {
    given: Given,
    answers: Cell<usize>,
}

impl Faulty {
    fn answer<T>(&self, answer: impl FnOnce(&Given) -> Option<T>) -> Option<T> {
        self.answers.set(self.answers.get().checked_sub(1)?);
        answer(&self.given)
    }
}

impl Argument for Faulty {
    fn read_utf16(&self, buffer: &mut [u16]) -> Option<usize> {
        self.answer(|given| given.read_utf16(buffer))
    }

    fn utf16_length(&self) -> Option<usize> {
        self.answer(Given::utf16_length)
    }

    fn number(&self) -> Option<f64> {
        self.answer(Given::number)
    }

    fn bool(&self) -> Option<bool> {
        self.answer(Given::bool)
    }

    fn other(&self) -> Other {
        self.answer(|given| Some(given.other()))
            .unwrap_or(Other::Undefined)
    }
}
