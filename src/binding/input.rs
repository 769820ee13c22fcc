//! The inputs of an evaluation, as JavaScript passes them: values that are read here, and asked about through the hooks.

use std::fmt;

use napi::sys;

use super::arguments::{Argument, Other, Text, read_start, read_text};
use super::handle::Handle;
use super::hooks::{Hooks, Meaning};
use crate::js::exotic::{Aspect, Describe, Described, Exotic};
use crate::js::text::Placement;
use crate::js::value::{LongText, ReadText};

/// What is wrong with groups that hold nothing.
const UNREADABLE: &str = "expected groups to be an object of group keys by group type";

/// A value, and whom to ask about it.
#[derive(Clone, Copy)]
pub struct Input {
    hooks: Hooks,
    handle: Handle,
}

impl Input {
    /// # Safety
    ///
    /// `value` must be a handle of the running callback, which is that of `hooks`. Neither this nor what it makes of itself to
    /// be read later may be asked anything after the callback.
    #[inline]
    pub unsafe fn new(hooks: Hooks, value: sys::napi_value) -> Self {
        // SAFETY: the caller's word.
        let handle = unsafe { Handle::new(hooks.env(), value) };
        Self { hooks, handle }
    }
}

/// A value is not to show in what is printed.
impl fmt::Debug for Input {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Input")
    }
}

impl Text for Input {
    #[inline]
    fn read_utf16(&self, buffer: &mut [u16]) -> Option<usize> {
        self.handle.read_utf16(buffer)
    }

    fn read_latin1(&self, buffer: &mut [u8]) -> Option<usize> {
        self.handle.read_latin1(buffer)
    }

    fn utf16_length(&self) -> Option<usize> {
        self.handle.utf16_length()
    }

    fn utf8_length(&self) -> Option<usize> {
        self.handle.utf8_length()
    }
}

impl Argument for Input {
    fn later(&self) -> LongText {
        LongText::new(*self)
    }

    #[inline]
    fn number(&self) -> Option<f64> {
        self.handle.number()
    }

    #[inline]
    fn bool(&self) -> Option<bool> {
        self.handle.bool()
    }

    fn other(&self) -> Other {
        match self.handle.kind() {
            sys::ValueType::napi_undefined => Other::Absent,
            sys::ValueType::napi_null => Other::Null,
            sys::ValueType::napi_symbol => match self.hooks.meaning_of(self.handle.value()) {
                Meaning::Itself => Other::Exotic(Exotic::new(*self)),
                Meaning::Undefined => Other::Undefined,
                Meaning::Unreadable => Other::Exotic(Exotic::new(Described {
                    unreadable: Some(UNREADABLE.into()),
                    ..Described::default()
                })),
            },
            _ => Other::Exotic(Exotic::new(*self)),
        }
    }
}

impl ReadText for Input {
    fn start(&self, count: usize) -> String {
        read_start(self, count).unwrap_or_default()
    }

    fn whole(&self) -> String {
        read_text(self).unwrap_or_default()
    }

    fn time(&self) -> f64 {
        self.hooks.time_of_text(self.handle.value())
    }

    fn holds(&self, needle: &str, placement: Placement) -> Option<bool> {
        self.hooks.holds(self.handle.value(), needle, placement)
    }
}

impl Describe for Input {
    fn text(&self) -> Result<Box<str>, Box<str>> {
        self.hooks.text_of(c"textOf", self.handle.value())
    }

    fn template(&self) -> Result<Box<str>, Box<str>> {
        self.hooks.text_of(c"templateOf", self.handle.value())
    }

    fn canonical(&self) -> Aspect<Box<str>> {
        self.hooks.canonical(self.handle.value())
    }

    fn json(&self) -> Option<Option<String>> {
        self.hooks.json(self.handle.value())
    }

    fn representable(&self) -> Aspect<()> {
        self.hooks.representable(self.handle.value())
    }

    fn truthy(&self) -> Result<bool, Box<str>> {
        self.hooks.truthy(self.handle.value())
    }

    fn date(&self) -> Result<Option<f64>, Box<str>> {
        self.hooks.date(self.handle.value())
    }
}
