//! JavaScript values of the callback that is running, as arguments to read.

use std::{fmt, ptr};

use napi::sys;

use super::arguments::{Argument, Other, read_start, read_text};
use super::hooks::Hooks;
use crate::js::exotic::{Aspect, Describe, Described, Exotic};
use crate::js::text::Placement;
use crate::js::value::{LongText, ReadText};

/// What is wrong with groups that hold nothing.
const UNREADABLE: &str = "expected groups to be an object of group keys by group type";

/// A value.
#[derive(Clone, Copy)]
pub struct Handle {
    hooks: Hooks,
    value: sys::napi_value,
}

impl Handle {
    /// # Safety
    ///
    /// `value` must be a handle of the running callback, which is that of `hooks`. Neither this nor what it makes of itself to
    /// be read later may be asked anything after the callback.
    #[inline]
    pub unsafe fn new(hooks: Hooks, value: sys::napi_value) -> Self {
        Self { hooks, value }
    }
}

/// A value is not to show in what is printed.
impl fmt::Debug for Handle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Handle")
    }
}

// Each function below asks about `value` in its own environment, by the contract of `new`, and every out-pointer is a local.
impl Argument for Handle {
    #[inline]
    fn read_utf16(&self, buffer: &mut [u16]) -> Option<usize> {
        let (start, room, mut length) = (buffer.as_mut_ptr(), buffer.len(), 0);
        let env = self.hooks.env();
        // SAFETY: as above; the buffer is valid for writes of its own length.
        let status =
            unsafe { sys::napi_get_value_string_utf16(env, self.value, start, room, &mut length) };
        (status == sys::Status::napi_ok).then_some(length)
    }

    fn read_latin1(&self, buffer: &mut [u8]) -> Option<usize> {
        let (start, room, mut length) = (buffer.as_mut_ptr(), buffer.len(), 0);
        let env = self.hooks.env();
        // SAFETY: as above; the buffer is valid for writes of its own length.
        let status = unsafe {
            sys::napi_get_value_string_latin1(env, self.value, start.cast(), room, &mut length)
        };
        (status == sys::Status::napi_ok).then_some(length)
    }

    fn utf16_length(&self) -> Option<usize> {
        let (env, mut length) = (self.hooks.env(), 0);
        // SAFETY: as above; a null buffer asks for the length alone.
        let status = unsafe {
            sys::napi_get_value_string_utf16(env, self.value, ptr::null_mut(), 0, &mut length)
        };
        (status == sys::Status::napi_ok).then_some(length)
    }

    fn utf8_length(&self) -> Option<usize> {
        let (env, mut length) = (self.hooks.env(), 0);
        // SAFETY: as above; a null buffer asks for the length alone.
        let status = unsafe {
            sys::napi_get_value_string_utf8(env, self.value, ptr::null_mut(), 0, &mut length)
        };
        (status == sys::Status::napi_ok).then_some(length)
    }

    fn later(&self) -> LongText {
        LongText::new(*self)
    }

    #[inline]
    fn number(&self) -> Option<f64> {
        let mut number = 0.0;
        // SAFETY: as above.
        let status =
            unsafe { sys::napi_get_value_double(self.hooks.env(), self.value, &mut number) };
        (status == sys::Status::napi_ok).then_some(number)
    }

    #[inline]
    fn bool(&self) -> Option<bool> {
        let mut boolean = false;
        // SAFETY: as above.
        let status =
            unsafe { sys::napi_get_value_bool(self.hooks.env(), self.value, &mut boolean) };
        (status == sys::Status::napi_ok).then_some(boolean)
    }

    fn other(&self) -> Other {
        let mut kind = 0;
        // SAFETY: as above.
        unsafe { sys::napi_typeof(self.hooks.env(), self.value, &mut kind) };
        match kind {
            sys::ValueType::napi_undefined => Other::Absent,
            sys::ValueType::napi_null => Other::Null,
            sys::ValueType::napi_symbol => match self.hooks.meaning_of(self.value) {
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

/// What a symbol stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// A caller's own symbol.
    Itself,
    /// A property that is there and `undefined`.
    Undefined,
    /// A value that cannot be read, because what should hold it is no object.
    Unreadable,
}

impl ReadText for Handle {
    fn start(&self, count: usize) -> String {
        read_start(self, count).unwrap_or_default()
    }

    fn whole(&self) -> String {
        read_text(self).unwrap_or_default()
    }

    fn time(&self) -> f64 {
        self.hooks.time_of_text(self.value)
    }

    fn holds(&self, needle: &str, placement: Placement) -> Option<bool> {
        self.hooks.holds(self.value, needle, placement)
    }
}

impl Describe for Handle {
    fn text(&self) -> Result<Box<str>, Box<str>> {
        self.hooks.text_of(c"textOf", self.value)
    }

    fn template(&self) -> Result<Box<str>, Box<str>> {
        self.hooks.text_of(c"templateOf", self.value)
    }

    fn canonical(&self) -> Aspect<Box<str>> {
        self.hooks.canonical(self.value)
    }

    fn representable(&self) -> Aspect<()> {
        self.hooks.representable(self.value)
    }

    fn truthy(&self) -> Result<bool, Box<str>> {
        self.hooks.truthy(self.value)
    }

    fn date(&self) -> Result<Option<f64>, Box<str>> {
        self.hooks.date(self.value)
    }
}
