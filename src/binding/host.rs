//! What the engine asks of JavaScript: the hooks that every evaluation brings along, called on rare paths only.

use std::ffi::{CStr, CString, c_void};
use std::ptr;

use napi::bindgen_prelude::{Env, Error, JsValue, Object, Result, Status};
use napi::sys;

use super::arguments::read_text;
use super::handle::Handle;
use crate::context::Host;
use crate::panics;

/// The object of functions that a snapshot brings along, see `lib/hooks.js`. Held for as long as the
/// functions that evaluate, and looked at only when it is needed.
pub struct HooksReference {
    env: sys::napi_env,
    reference: sys::napi_ref,
}

impl HooksReference {
    /// Keeps the object alive.
    pub fn new(env: &Env, hooks: &Object<'_>) -> Result<Self> {
        let mut reference = ptr::null_mut();
        // SAFETY: `env` is live, `hooks` is one of its values, and the out-pointer is a local.
        let status =
            unsafe { sys::napi_create_reference(env.raw(), hooks.raw(), 1, &mut reference) };
        match status {
            sys::Status::napi_ok => Ok(Self {
                env: env.raw(),
                reference,
            }),
            failed => Err(Error::new(
                Status::from(failed),
                "cannot keep the hooks of the evaluation functions".to_owned(),
            )),
        }
    }
}

impl Drop for HooksReference {
    fn drop(&mut self) {
        // SAFETY: the reference is ours, and its environment is live: what holds it is dropped by a finalizer, or by the
        // call that failed to hand it to one.
        unsafe { sys::napi_delete_reference(self.env, self.reference) };
    }
}

/// The hooks, for the callback that is running.
#[derive(Clone, Copy)]
pub struct Hooks {
    env: sys::napi_env,
    reference: sys::napi_ref,
}

impl Hooks {
    /// # Safety
    ///
    /// Only from a callback that is running in the environment of `hooks`; the value must not outlive it.
    pub unsafe fn new(hooks: &HooksReference) -> Self {
        Self {
            env: hooks.env,
            reference: hooks.reference,
        }
    }

    /// Whose values the running callback reads.
    #[inline]
    pub fn env(&self) -> sys::napi_env {
        self.env
    }

    /// Calls `hooks[name](argument)`. `None` if that fails, or throws, which no hook does.
    fn call(&self, name: &CStr, arguments: &[sys::napi_value]) -> Option<sys::napi_value> {
        let mut object = ptr::null_mut();
        let mut function = ptr::null_mut();
        let mut result = ptr::null_mut();
        // SAFETY: a callback is running in `env`, by the contract of `new`; the out-pointers are valid for writes, the
        // name is a C string, and `arguments` are handles of the same callback.
        let status = unsafe {
            let status = sys::napi_get_reference_value(self.env, self.reference, &mut object);
            if status != sys::Status::napi_ok || object.is_null() {
                return None;
            }
            match sys::napi_get_named_property(self.env, object, name.as_ptr(), &mut function) {
                sys::Status::napi_ok => sys::napi_call_function(
                    self.env,
                    object,
                    function,
                    arguments.len(),
                    arguments.as_ptr(),
                    &mut result,
                ),
                failed => failed,
            }
        };
        (status == sys::Status::napi_ok).then_some(result)
    }

    fn number(&self, name: &CStr, arguments: &[sys::napi_value]) -> f64 {
        let mut number = f64::NAN;
        if let Some(result) = self.call(name, arguments) {
            // SAFETY: `result` is a handle of the running callback; a failed read leaves `number` as it is.
            unsafe { sys::napi_get_value_double(self.env, result, &mut number) };
        }
        number
    }

    /// The text of what a hook returned.
    fn text(&self, result: sys::napi_value) -> Option<String> {
        // SAFETY: the result of a hook is a handle of the running callback.
        read_text(&unsafe { Handle::new(self, result) })
    }

    /// A JavaScript number.
    pub fn number_value(&self, number: u32) -> Option<sys::napi_value> {
        let mut value = ptr::null_mut();
        // SAFETY: a callback is running in `env`, by the contract of `new`, and the out-pointer is a local.
        let status = unsafe { sys::napi_create_uint32(self.env, number, &mut value) };
        (status == sys::Status::napi_ok).then_some(value)
    }

    /// A JavaScript string of the text.
    pub fn string(&self, text: &str) -> Option<sys::napi_value> {
        let mut value = ptr::null_mut();
        if text.is_ascii() {
            // SAFETY: the pointer and the length describe the text, which Node-API copies; ASCII is Latin-1.
            let status = unsafe {
                sys::napi_create_string_latin1(
                    self.env,
                    text.as_ptr().cast(),
                    text.len() as isize,
                    &mut value,
                )
            };
            return (status == sys::Status::napi_ok).then_some(value);
        }
        let units: Vec<u16> = crate::text::utf16(text).collect();
        // SAFETY: the pointer and the length describe `units`, which Node-API copies.
        let status = unsafe {
            sys::napi_create_string_utf16(
                self.env,
                units.as_ptr(),
                units.len() as isize,
                &mut value,
            )
        };
        (status == sys::Status::napi_ok).then_some(value)
    }

    /// `hooks.describe(value)`: the JSON text that says all the matchers may ask of an exotic value.
    pub fn describe(&self, value: sys::napi_value) -> Option<String> {
        let result = self.call(c"describe", &[value])?;
        self.text(result)
    }
}

impl Host for Hooks {
    fn now_ms(&self) -> f64 {
        self.number(c"now", &[])
    }

    fn parse_date(&self, text: &str) -> f64 {
        self.string(text)
            .map_or(f64::NAN, |text| self.number(c"parseDate", &[text]))
    }

    fn to_lower_case(&self, text: &str) -> Option<String> {
        let lowered = self.call(c"toLowerCase", &[self.string(text)?])?;
        self.text(lowered)
    }
}

/// Throws a JavaScript error, unless one is pending.
///
/// # Safety
///
/// `env` must be that of the running callback.
pub unsafe fn throw(env: sys::napi_env, code: &CStr, message: &str) {
    let message = CString::new(message).unwrap_or_default();
    // SAFETY: both pointers are valid C strings, and `env` is the caller's word.
    unsafe { sys::napi_throw_error(env, code.as_ptr(), message.as_ptr()) };
}

/// Frees what a function was created with.
///
/// # Safety
///
/// `data` must come from `Box::<T>::into_raw`, and nothing may use it again.
pub unsafe extern "C" fn drop_box<T>(_env: sys::napi_env, data: *mut c_void, _hint: *mut c_void) {
    // SAFETY: the caller's word; Node-API calls a finalizer once.
    let owned = unsafe { Box::from_raw(data.cast::<T>()) };
    // There is nobody to tell: nothing is waited for here, and whatever was not dropped stays in memory.
    let _ = panics::catch(|| {
        panics::injected("finalizer");
        drop(owned);
    });
}
