//! What one call brings: the inputs that the definitions read, by slot.

use crate::compiled::Slot;
use crate::js::exotic::Exotic;
use crate::js::text;
use crate::js::value::{LongText, Value};

/// The inputs of one call. The same value serves one call after the other, so that ordinary calls allocate no memory.
#[derive(Debug, Default)]
pub struct CallInputs {
    read: Vec<Read>,
    texts: String,
    exotics: Vec<Exotic>,
    long_texts: Vec<LongText>,
}

/// How many bytes of room for texts are kept between calls.
const KEPT_TEXTS: usize = 64 * 1024;

/// An input, before its text has a fixed address.
#[derive(Debug, Clone, Copy)]
enum Read {
    Missing,
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    /// A range of `texts`.
    Text(u32, u32),
    /// A range of `texts` that holds lone surrogates.
    IllFormed(u32, u32),
    /// An index into `exotics`.
    Exotic(u32),
    /// An index into `long_texts`.
    Long(u32),
}

impl CallInputs {
    /// Forgets the last call and makes room for `count` inputs. An input that is not set afterwards may hold any value.
    #[inline]
    pub fn begin(&mut self, count: usize) {
        if self.read.len() != count {
            self.read.resize(count, Read::Missing);
        }
        self.texts.clear();
    }

    /// Forgets what must not outlive the call, and gives back memory that an ordinary call does not need.
    #[inline]
    pub fn end(&mut self) {
        if !self.exotics.is_empty() || !self.long_texts.is_empty() {
            self.exotics = Vec::new();
            self.long_texts = Vec::new();
            // An input that the next call reads without setting it is missing, rather than one of another person.
            self.read.fill(Read::Missing);
        }
        if self.texts.capacity() > KEPT_TEXTS {
            self.texts = String::new();
        }
    }

    /// There is no such own property.
    #[inline]
    pub fn set_missing(&mut self, slot: Slot) {
        self.read[slot] = Read::Missing;
    }

    /// The property is there and `undefined`.
    pub fn set_undefined(&mut self, slot: Slot) {
        self.read[slot] = Read::Undefined;
    }

    /// `null`.
    pub fn set_null(&mut self, slot: Slot) {
        self.read[slot] = Read::Null;
    }

    /// A boolean.
    #[inline]
    pub fn set_bool(&mut self, slot: Slot, value: bool) {
        self.read[slot] = Read::Bool(value);
    }

    /// A number.
    #[inline]
    pub fn set_number(&mut self, slot: Slot, value: f64) {
        self.read[slot] = Read::Number(value);
    }

    /// A string; lone surrogates are those of [`crate::js::text`].
    #[inline]
    pub fn set_text(&mut self, slot: Slot, value: &str) {
        let (start, end) = self.add(value);
        self.read[slot] = match !value.is_ascii() && text::has_lone_surrogate(value) {
            false => Read::Text(start, end),
            true => Read::IllFormed(start, end),
        };
    }

    /// A string that is known to be ASCII.
    #[inline]
    pub fn set_ascii(&mut self, slot: Slot, value: &str) {
        let (start, end) = self.add(value);
        self.read[slot] = Read::Text(start, end);
    }

    /// Where the string now is in `texts`.
    #[inline]
    fn add(&mut self, value: &str) -> (u32, u32) {
        let start = self.texts.len() as u32;
        self.texts.push_str(value);
        (start, self.texts.len() as u32)
    }

    /// Anything else.
    pub fn set_exotic(&mut self, slot: Slot, value: Exotic) {
        self.read[slot] = Read::Exotic(self.exotics.len() as u32);
        self.exotics.push(value);
    }

    /// A string that is read when it is asked for.
    pub fn set_long_text(&mut self, slot: Slot, value: LongText) {
        self.read[slot] = Read::Long(self.long_texts.len() as u32);
        self.long_texts.push(value);
    }

    /// An input.
    #[inline]
    pub fn value(&self, slot: Slot) -> Value<'_> {
        let text = |start: u32, end: u32| &self.texts[start as usize..end as usize];
        match self.read[slot] {
            Read::Missing => Value::Missing,
            Read::Undefined => Value::Undefined,
            Read::Null => Value::Null,
            Read::Bool(value) => Value::Bool(value),
            Read::Number(value) => Value::Number(value),
            Read::Text(start, end) => Value::Text(text(start, end)),
            Read::IllFormed(start, end) => Value::IllFormed(text(start, end)),
            Read::Exotic(index) => Value::Exotic(&self.exotics[index as usize]),
            Read::Long(index) => Value::Long(&self.long_texts[index as usize]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_read_back_as_they_were_set_in_any_order() {
        let mut inputs = CallInputs::default();
        inputs.begin(4);
        inputs.set_text(2, "käse");
        inputs.set_number(0, 1.5);
        inputs.set_text(1, "");
        inputs.set_bool(3, true);
        assert!(matches!(inputs.value(0), Value::Number(1.5)));
        assert!(matches!(inputs.value(1), Value::Text("")));
        assert!(matches!(inputs.value(2), Value::Text("käse")));
        assert!(matches!(inputs.value(3), Value::Bool(true)));
        inputs.begin(4);
        inputs.set_missing(2);
        inputs.set_text(1, "next");
        assert!(matches!(inputs.value(2), Value::Missing));
        assert!(matches!(inputs.value(1), Value::Text("next")));
    }

    #[test]
    fn texts_with_lone_surrogates_are_told_apart() {
        let mut inputs = CallInputs::default();
        inputs.begin(1);
        inputs.set_text(0, &text::from_utf16(&[0x61, 0xD800]));
        assert!(matches!(inputs.value(0), Value::IllFormed(_)));
        inputs.set_text(0, &text::from_utf16(&[0xD83D, 0xDE00]));
        assert!(matches!(inputs.value(0), Value::Text("😀")));
    }
}
