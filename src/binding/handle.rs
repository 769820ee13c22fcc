//! JavaScript values of the callback that is running, as arguments to read.

use std::ptr;

use napi::sys;

use super::arguments::{Argument, Other};
use super::host::Hooks;

/// A value.
pub struct Handle<'h> {
    hooks: &'h Hooks,
    value: sys::napi_value,
}

impl<'h> Handle<'h> {
    /// # Safety
    ///
    /// `value` must be a handle of the running callback, which is that of `hooks`, and this must not outlive it.
    #[inline]
    pub unsafe fn new(hooks: &'h Hooks, value: sys::napi_value) -> Self {
        Self { hooks, value }
    }
}

// Each function below asks about `value` in its own environment, by the contract of `new`, and every out-pointer is a local.
impl Argument for Handle<'_> {
    #[inline]
    fn read_utf16(&self, buffer: &mut [u16]) -> Option<usize> {
        let (start, room, mut length) = (buffer.as_mut_ptr(), buffer.len(), 0);
        let env = self.hooks.env();
        // SAFETY: as above; the buffer is valid for writes of its own length.
        let status =
            unsafe { sys::napi_get_value_string_utf16(env, self.value, start, room, &mut length) };
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
            sys::ValueType::napi_undefined => Other::Undefined,
            sys::ValueType::napi_null => Other::Null,
            _ => Other::Described(self.hooks.describe(self.value)),
        }
    }
}
