//! JavaScript values of the callback that is running, as texts and numbers to read.

use std::{fmt, ptr};

use napi::sys;

use super::arguments::Text;

/// A value.
#[derive(Clone, Copy)]
pub struct Handle {
    env: sys::napi_env,
    value: sys::napi_value,
}

impl Handle {
    /// # Safety
    ///
    /// `value` must be a handle of the callback that is running in `env`. Neither this nor a copy of it may be asked anything
    /// after the callback.
    #[inline]
    pub unsafe fn new(env: sys::napi_env, value: sys::napi_value) -> Self {
        Self { env, value }
    }

    /// The value, for a question that only JavaScript can answer.
    #[inline]
    pub fn value(self) -> sys::napi_value {
        self.value
    }

    // Each function below asks about `value` in its own environment, by the contract of `new`, and every out-pointer is a local.

    /// The value, if it is a number.
    #[inline]
    pub fn number(self) -> Option<f64> {
        let mut number = 0.0;
        // SAFETY: as above.
        let status = unsafe { sys::napi_get_value_double(self.env, self.value, &mut number) };
        (status == sys::Status::napi_ok).then_some(number)
    }

    /// The value, if it is a boolean.
    #[inline]
    pub fn bool(self) -> Option<bool> {
        let mut boolean = false;
        // SAFETY: as above.
        let status = unsafe { sys::napi_get_value_bool(self.env, self.value, &mut boolean) };
        (status == sys::Status::napi_ok).then_some(boolean)
    }

    /// Which type `typeof` names, where `null` is a type of its own.
    pub fn kind(self) -> sys::napi_valuetype {
        let mut kind = 0;
        // SAFETY: as above.
        unsafe { sys::napi_typeof(self.env, self.value, &mut kind) };
        kind
    }
}

/// A value is not to show in what is printed.
impl fmt::Debug for Handle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Handle")
    }
}

// As above: each function asks about `value` in its own environment, and every out-pointer is a local.
impl Text for Handle {
    #[inline]
    fn read_utf16(&self, buffer: &mut [u16]) -> Option<usize> {
        let (start, room, mut length) = (buffer.as_mut_ptr(), buffer.len(), 0);
        // SAFETY: as above; the buffer is valid for writes of its own length.
        let status = unsafe {
            sys::napi_get_value_string_utf16(self.env, self.value, start, room, &mut length)
        };
        (status == sys::Status::napi_ok).then_some(length)
    }

    fn read_latin1(&self, buffer: &mut [u8]) -> Option<usize> {
        let (start, room, mut length) = (buffer.as_mut_ptr(), buffer.len(), 0);
        // SAFETY: as above; the buffer is valid for writes of its own length.
        let status = unsafe {
            sys::napi_get_value_string_latin1(self.env, self.value, start.cast(), room, &mut length)
        };
        (status == sys::Status::napi_ok).then_some(length)
    }

    fn utf16_length(&self) -> Option<usize> {
        let mut length = 0;
        // SAFETY: as above; a null buffer asks for the length alone.
        let status = unsafe {
            sys::napi_get_value_string_utf16(self.env, self.value, ptr::null_mut(), 0, &mut length)
        };
        (status == sys::Status::napi_ok).then_some(length)
    }

    fn utf8_length(&self) -> Option<usize> {
        let mut length = 0;
        // SAFETY: as above; a null buffer asks for the length alone.
        let status = unsafe {
            sys::napi_get_value_string_utf8(self.env, self.value, ptr::null_mut(), 0, &mut length)
        };
        (status == sys::Status::napi_ok).then_some(length)
    }
}
