//! Arguments of a call, as they cross the boundary.

use std::cell::Cell;

use posthog_node_native::binding::arguments::{Argument, Other, Text, read_input, read_text};
use posthog_node_native::evaluate::call::CallInputs;
use posthog_node_native::js::exotic::{Aspect, Described};
use posthog_node_native::js::text;
use posthog_node_native::js::value::{LongText, Value};

use super::generate::bytes::Bytes;
use super::generate::given::Given;

pub fn check(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let mut inputs = CallInputs::default();
    // What is left of one call does not show in the next.
    for _ in 0..1 + bytes.below(3) {
        let given: Vec<_> = (0..1 + bytes.below(12))
            .map(|_| argument(&mut bytes))
            .collect();
        inputs.begin(given.len());
        for (slot, given) in given.iter().enumerate() {
            read_input(&mut inputs, slot, given);
        }
        for (slot, given) in given.iter().enumerate() {
            read_back(inputs.value(slot), given);
        }
        inputs.end();
    }
    let faulty = Faulty {
        given: argument(&mut bytes),
        answers: Cell::new(bytes.below(6)),
    };
    inputs.begin(1);
    read_input(&mut inputs, 0, &faulty);
    let _ = inputs.value(0);
}

/// Any argument.
fn argument(bytes: &mut Bytes<'_>) -> Given {
    match bytes.below(4) {
        0 => Given::Described(described(bytes)),
        1 => {
            // Around the lengths up to which a string is read at once, or at all before it is asked for.
            let length = if bytes.chance(128) { 120 } else { 1016 } + bytes.below(16);
            let unit = u16::from(bytes.byte());
            let mut units = vec![unit & 0x7F; length];
            units[length - 1] = bytes.u16();
            Given::Text(units)
        }
        _ => Given::any(bytes),
    }
}

fn read_back(value: Value<'_>, given: &Given) {
    let value = value.whole();
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
        (Given::OwnUndefined, Value::Undefined) => {}
        // Each question is answered as often as it is asked, and always the same.
        (Given::Described(described), Value::Exotic(exotic)) => {
            for _ in 0..2 {
                assert_eq!(exotic.text().ok(), described.text.as_deref().ok());
                assert_eq!(exotic.template().ok(), described.template.as_deref().ok());
                assert_eq!(
                    exotic.canonical().ok(),
                    described.canonical.as_result().ok().map(|text| &**text)
                );
                let representable = described.representable.as_result().copied();
                assert_eq!(exotic.assert_representable(), representable);
                assert_eq!(exotic.truthy().ok(), described.truthy.clone().ok());
                let bits = |date: Option<f64>| date.map(f64::to_bits);
                assert_eq!(
                    exotic.date().ok().map(bits),
                    described.date.clone().ok().map(bits)
                );
                assert_eq!(exotic.unreadable(), described.unreadable.as_deref());
            }
        }
        (given, value) => panic!("{given:?} is read as {value:?}"),
    }
}

/// Any answers.
fn described(bytes: &mut Bytes<'_>) -> Described {
    Described {
        text: result(bytes, message),
        template: result(bytes, message),
        canonical: aspect(bytes, message),
        representable: aspect(bytes, |_| ()),
        truthy: result(bytes, |bytes| bytes.chance(128)),
        date: result(bytes, |bytes| match bytes.below(3) {
            0 => None,
            1 => Some(f64::NAN),
            _ => Some(super::generate::values::finite(bytes.number())),
        }),
        json: None,
        unreadable: bytes.chance(16).then(|| message(bytes)),
    }
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

fn aspect<T>(bytes: &mut Bytes<'_>, value: impl Fn(&mut Bytes<'_>) -> T) -> Aspect<T> {
    match bytes.below(3) {
        0 => Aspect::Is(value(bytes)),
        1 => Aspect::Inconclusive,
        _ => Aspect::Throws(message(bytes)),
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

impl Text for Faulty {
    fn read_utf16(&self, buffer: &mut [u16]) -> Option<usize> {
        self.answer(|given| given.read_utf16(buffer))
    }

    fn read_latin1(&self, buffer: &mut [u8]) -> Option<usize> {
        self.answer(|given| given.read_latin1(buffer))
    }

    fn utf8_length(&self) -> Option<usize> {
        self.answer(Given::utf8_length)
    }

    fn utf16_length(&self) -> Option<usize> {
        self.answer(Given::utf16_length)
    }
}

impl Argument for Faulty {
    fn later(&self) -> LongText {
        self.given.later()
    }

    fn number(&self) -> Option<f64> {
        self.answer(Given::number)
    }

    fn bool(&self) -> Option<bool> {
        self.answer(Given::bool)
    }

    fn other(&self) -> Other {
        self.answer(|given| Some(given.other()))
            .unwrap_or(Other::Absent)
    }
}
