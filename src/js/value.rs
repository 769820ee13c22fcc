//! The values that a call brings, as JavaScript holds them.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt;

use crate::js;
use crate::js::exotic::Exotic;
use crate::js::text;
use crate::js::text::Placement;
use crate::outcome::Fallback;

/// One value that a definition reads from the call, as JavaScript holds it.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    /// There is no such own property.
    Missing,
    /// The property is there and `undefined`.
    Undefined,
    /// `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A string.
    Text(&'a str),
    /// A string with lone surrogates, which are stored as in [`crate::js::text`].
    IllFormed(&'a str),
    /// A string that has not been read yet; [`Value::whole`] is one of the two above.
    Long(&'a LongText),
    /// Anything else: an array, an object, a `Date`, a function, a symbol, a bigint.
    Exotic(&'a Exotic),
}

/// A long string, which is read when its text is asked for.
#[derive(Debug)]
pub struct LongText {
    source: Box<dyn ReadText>,
    start: OnceCell<String>,
    whole: OnceCell<Whole>,
    time: OnceCell<f64>,
}

#[derive(Debug)]
struct Whole {
    text: String,
    is_well_formed: bool,
}

/// Where a long string is read from.
pub trait ReadText: fmt::Debug {
    /// The first code units: at least one, at most `count`. They never end between the two halves of a surrogate pair.
    fn start(&self, count: usize) -> String;
    /// All of it.
    fn whole(&self) -> String;
    /// `Date.parse` of it.
    fn time(&self) -> f64;
    /// Whether the needle, which has no ASCII capital letters, stands in the string, whatever the case of ASCII letters there.
    /// `None` if the string has to be read to tell.
    fn holds(&self, needle: &str, placement: Placement) -> Option<bool>;
}

impl LongText {
    /// How many code units are read by a matcher that needs the start alone.
    pub const START: usize = 512;

    /// The string that `source` reads.
    pub fn new(source: impl ReadText + 'static) -> Self {
        Self {
            source: Box::new(source),
            start: OnceCell::new(),
            whole: OnceCell::new(),
            time: OnceCell::new(),
        }
    }

    /// How the string begins.
    pub fn start(&self) -> &str {
        self.start.get_or_init(|| self.source.start(Self::START))
    }

    /// See [`ReadText::time`].
    pub fn time(&self) -> f64 {
        *self.time.get_or_init(|| self.source.time())
    }

    /// See [`ReadText::holds`].
    pub fn holds(&self, needle: &str, placement: Placement) -> Option<bool> {
        self.source.holds(needle, placement)
    }

    /// The string as a value that has been read.
    pub fn whole(&self) -> Value<'_> {
        let whole = self.whole.get_or_init(|| {
            let text = self.source.whole();
            let is_well_formed = text.is_ascii() || !text::has_lone_surrogate(&text);
            Whole {
                text,
                is_well_formed,
            }
        });
        match whole.is_well_formed {
            true => Value::Text(&whole.text),
            false => Value::IllFormed(&whole.text),
        }
    }
}

impl<'a> Value<'a> {
    /// The same value; a long string is read.
    #[inline]
    pub fn whole(self) -> Self {
        match self {
            Self::Long(text) => text.whole(),
            other => other,
        }
    }

    /// `String(x)`.
    pub fn to_text(self) -> Result<Cow<'a, str>, Fallback> {
        Ok(match self.whole() {
            Self::Missing | Self::Undefined => Cow::Borrowed("undefined"),
            Self::Null => Cow::Borrowed("null"),
            Self::Bool(true) => Cow::Borrowed("true"),
            Self::Bool(false) => Cow::Borrowed("false"),
            Self::Number(number) => Cow::Owned(js::number_to_string(number)),
            Self::Text(text) | Self::IllFormed(text) => Cow::Borrowed(text),
            Self::Exotic(exotic) => Cow::Borrowed(exotic.text()?),
            // It has been read above.
            Self::Long(_) => Cow::Borrowed(""),
        })
    }

    /// `` `${x}` ``, as it is hashed: UTF-8 with lone surrogates replaced.
    #[inline]
    pub fn to_hashed_text(self) -> Result<Cow<'a, str>, Fallback> {
        match self {
            Self::Text(text) => Ok(Cow::Borrowed(text)),
            other => other.to_unusual_hashed_text(),
        }
    }

    #[cold]
    fn to_unusual_hashed_text(self) -> Result<Cow<'a, str>, Fallback> {
        match self.whole() {
            Self::IllFormed(text) => Ok(text::well_formed(text)),
            Self::Exotic(exotic) => exotic.template().map(text::well_formed),
            other => other.to_text(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::js::exotic::Described;

    #[test]
    fn values_have_the_text_that_javascript_gives_them() {
        for (value, text) in [
            (Value::Missing, "undefined"),
            (Value::Undefined, "undefined"),
            (Value::Null, "null"),
            (Value::Bool(true), "true"),
            (Value::Number(-0.0), "0"),
            (Value::Number(1e21), "1e+21"),
            (Value::Text("é"), "é"),
        ] {
            assert_eq!(value.to_text().unwrap(), text);
            assert_eq!(value.to_hashed_text().unwrap(), text);
        }
    }

    #[test]
    fn lone_surrogates_are_replaced_before_hashing_and_kept_elsewhere() {
        let text = text::from_utf16(&[0x61, 0xD800]);
        let value = Value::IllFormed(&text);
        assert_eq!(value.to_text().unwrap(), text);
        assert_eq!(value.to_hashed_text().unwrap(), "a\u{fffd}");
    }

    #[test]
    fn a_symbol_has_a_text_but_cannot_be_hashed() {
        let symbol = Exotic::new(Described {
            text: Ok("Symbol()".into()),
            template: Err("TypeError: no".into()),
            ..Described::default()
        });
        assert_eq!(Value::Exotic(&symbol).to_text().unwrap(), "Symbol()");
        assert_eq!(
            Value::Exotic(&symbol).to_hashed_text(),
            Err(Fallback::thrown("TypeError: no"))
        );
    }
}
