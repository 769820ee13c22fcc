//! What the engine asks of JavaScript: the hooks that every evaluation brings along, called on rare paths only.

use std::ffi::CStr;
use std::ptr;

use napi::bindgen_prelude::{Env, Error, JsObjectValue, JsValue, Object, Result, Status, Unknown};
use napi::sys;

use super::arguments::read_text;
use super::handle::Handle;
use crate::js::exotic::Aspect;
use crate::js::host::Host;
use crate::js::text::Placement;

/// What looking at a value comes to, or what it throws.
type Answer<T> = std::result::Result<T, Box<str>>;

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

/// What is said of a value when JavaScript says nothing of it.
const UNKNOWN: &str = "the value cannot be described";

/// The object of functions that a snapshot brings along, see `lib/evaluation/hooks.js`. Held for as long as the
/// functions that evaluate, and looked at only when it is needed.
pub struct HooksReference {
    all: Reference,
    /// `hooks.now`, which every call for relative dates asks: to look a function up by its name takes longer than to call it.
    now: Reference,
}

impl HooksReference {
    /// Keeps the object alive.
    pub fn new(env: &Env, hooks: &Object<'_>) -> Result<Self> {
        let now: Unknown<'_> = hooks.get_named_property("now")?;
        Ok(Self {
            all: Reference::new(env, hooks.raw())?,
            now: Reference::new(env, now.raw())?,
        })
    }
}

/// A value that is kept alive.
struct Reference {
    env: sys::napi_env,
    reference: sys::napi_ref,
}

impl Reference {
    fn new(env: &Env, value: sys::napi_value) -> Result<Self> {
        let mut reference = ptr::null_mut();
        // SAFETY: `env` is live, the value is one of its own, and the out-pointer is a local.
        let status = unsafe { sys::napi_create_reference(env.raw(), value, 1, &mut reference) };
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

impl Drop for Reference {
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
    all: sys::napi_ref,
    now: sys::napi_ref,
}

impl Hooks {
    /// # Safety
    ///
    /// Only from a callback that is running in the environment of `hooks`; the value must not outlive it.
    pub unsafe fn new(hooks: &HooksReference) -> Self {
        Self {
            env: hooks.all.env,
            all: hooks.all.reference,
            now: hooks.now.reference,
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
            let status = sys::napi_get_reference_value(self.env, self.all, &mut object);
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

    /// An element of a list of ours.
    pub fn element(&self, list: sys::napi_value, place: usize) -> Option<sys::napi_value> {
        let mut element = ptr::null_mut();
        // SAFETY: `list` is a handle of the running callback, by the contract of `new`, and the out-pointer is a local.
        let status = unsafe { sys::napi_get_element(self.env, list, place as u32, &mut element) };
        (status == sys::Status::napi_ok).then_some(element)
    }

    fn number(&self, name: &CStr, arguments: &[sys::napi_value]) -> f64 {
        let mut number = f64::NAN;
        if let Some(result) = self.call(name, arguments) {
            // SAFETY: `result` is a handle of the running callback; a failed read leaves `number` as it is.
            unsafe { sys::napi_get_value_double(self.env, result, &mut number) };
        }
        number
    }

    /// `hooks.now()`. `None` if that fails.
    fn ask_now(&self) -> Option<f64> {
        let (mut now, mut result, mut number) = (ptr::null_mut(), ptr::null_mut(), 0.0);
        // SAFETY: a callback is running in `env`, by the contract of `new`, and the out-pointers are locals. The function does
        // not look at the object that it is called on.
        let status = unsafe {
            match sys::napi_get_reference_value(self.env, self.now, &mut now) {
                sys::Status::napi_ok if !now.is_null() => {
                    sys::napi_call_function(self.env, now, now, 0, ptr::null(), &mut result)
                }
                _ => return None,
            }
        };
        if status != sys::Status::napi_ok {
            return None;
        }
        // SAFETY: `result` is a handle of the running callback, and the out-pointer is a local.
        let status = unsafe { sys::napi_get_value_double(self.env, result, &mut number) };
        (status == sys::Status::napi_ok).then_some(number)
    }

    /// The text of what a hook returned.
    fn text(&self, result: sys::napi_value) -> Option<String> {
        // SAFETY: the result of a hook is a handle of the running callback.
        read_text(&unsafe { Handle::new(self.env, result) })
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
        let units: Vec<u16> = crate::js::text::utf16(text).collect();
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

    /// Calls back, and frees the handles that were made meanwhile: one call may ask hundreds of thousands of things.
    fn in_scope<T>(&self, then: impl FnOnce() -> T) -> T {
        let mut scope = ptr::null_mut();
        // SAFETY: a callback is running in `env`, by the contract of `new`, and the out-pointer is a local.
        unsafe { sys::napi_open_handle_scope(self.env, &mut scope) };
        let result = then();
        if !scope.is_null() {
            // SAFETY: the scope was opened above, and whatever was opened within has been closed.
            unsafe { sys::napi_close_handle_scope(self.env, scope) };
        }
        result
    }

    /// What a hook says of an exotic value, read by `then`; an error is what looking at the value threw.
    fn ask<T>(
        &self,
        question: &CStr,
        value: sys::napi_value,
        then: impl FnOnce(sys::napi_value) -> Option<T>,
    ) -> Answer<T> {
        self.in_scope(|| {
            let answer = self.call(question, &[value]).ok_or(UNKNOWN)?;
            match self.thrown(answer) {
                Some(message) => Err(message.into()),
                None => then(answer).ok_or_else(|| UNKNOWN.into()),
            }
        })
    }

    /// `thrown` of `{ thrown }`, which is how a hook says that the caller's value threw.
    fn thrown(&self, answer: sys::napi_value) -> Option<String> {
        let (mut kind, mut thrown) = (0, ptr::null_mut());
        // SAFETY: `answer` is a handle of the running callback, the name is a C string, and the out-pointers are locals.
        let status = unsafe {
            sys::napi_typeof(self.env, answer, &mut kind);
            if kind != sys::ValueType::napi_object {
                return None;
            }
            sys::napi_get_named_property(self.env, answer, c"thrown".as_ptr(), &mut thrown)
        };
        let message = (status == sys::Status::napi_ok).then(|| self.text(thrown));
        Some(message.flatten().unwrap_or_else(|| UNKNOWN.to_owned()))
    }

    fn is_true(&self, answer: sys::napi_value) -> bool {
        let mut is_true = false;
        // SAFETY: `answer` is a handle of the running callback; a failed read leaves `is_true` as it is.
        unsafe { sys::napi_get_value_bool(self.env, answer, &mut is_true) };
        is_true
    }

    /// `hooks.meaningOf(symbol)`.
    pub fn meaning_of(&self, symbol: sys::napi_value) -> Meaning {
        self.in_scope(|| match self.number(c"meaningOf", &[symbol]) {
            1.0 => Meaning::Undefined,
            2.0 => Meaning::Unreadable,
            _ => Meaning::Itself,
        })
    }

    /// `hooks.textOf(value)` or `hooks.templateOf(value)`.
    pub fn text_of(&self, question: &CStr, value: sys::napi_value) -> Answer<Box<str>> {
        self.ask(question, value, |answer| self.text(answer))
            .map(String::into_boxed_str)
    }

    /// `hooks.canonicalOf(value)`: a text, or `undefined` if the server has to decide.
    pub fn canonical(&self, value: sys::napi_value) -> Aspect<Box<str>> {
        match self.ask(c"canonicalOf", value, |answer| Some(self.text(answer))) {
            Ok(Some(text)) => Aspect::Is(text.into()),
            Ok(None) => Aspect::Inconclusive,
            Err(message) => Aspect::Throws(message),
        }
    }

    /// `hooks.jsonOf(value)`: `None` inside if the value has no JSON text, `None` if asking throws.
    pub fn json(&self, value: sys::napi_value) -> Option<Option<String>> {
        self.ask(c"jsonOf", value, |answer| Some(self.text(answer)))
            .ok()
    }

    /// `hooks.isRepresentable(value)`.
    pub fn representable(&self, value: sys::napi_value) -> Aspect<()> {
        match self.ask(c"isRepresentable", value, |answer| {
            Some(self.is_true(answer))
        }) {
            Ok(true) => Aspect::Is(()),
            Ok(false) => Aspect::Inconclusive,
            Err(message) => Aspect::Throws(message),
        }
    }

    /// `hooks.isTrue(value)`.
    pub fn truthy(&self, value: sys::napi_value) -> Answer<bool> {
        self.ask(c"isTrue", value, |answer| Some(self.is_true(answer)))
    }

    /// `hooks.timeOf(value)`: a number, or `undefined` if the value is no `Date`.
    pub fn date(&self, value: sys::napi_value) -> Answer<Option<f64>> {
        self.ask(c"timeOf", value, |answer| {
            let mut time = f64::NAN;
            // SAFETY: `answer` is a handle of the running callback, and the out-pointer is a local.
            let status = unsafe { sys::napi_get_value_double(self.env, answer, &mut time) };
            Some((status == sys::Status::napi_ok).then_some(time))
        })
    }

    /// `hooks.parseDate(text)`.
    pub fn time_of_text(&self, text: sys::napi_value) -> f64 {
        self.in_scope(|| self.number(c"parseDate", &[text]))
    }

    /// `hooks.includes(text, needle)` or `hooks.endsWith(text, needle)`: a boolean, or `undefined` if the text has letters
    /// whose case has to be folded.
    pub fn holds(&self, text: sys::napi_value, needle: &str, placement: Placement) -> Option<bool> {
        let hook = match placement {
            Placement::Anywhere => c"includes",
            Placement::End => c"endsWith",
            Placement::Start => return None,
        };
        self.in_scope(|| {
            let answer = self.call(hook, &[text, self.string(needle)?])?;
            let mut holds = false;
            // SAFETY: `answer` is a handle of the running callback, and the out-pointer is a local.
            let status = unsafe { sys::napi_get_value_bool(self.env, answer, &mut holds) };
            (status == sys::Status::napi_ok).then_some(holds)
        })
    }
}

impl Host for Hooks {
    fn now_ms(&self) -> f64 {
        self.in_scope(|| self.ask_now()).unwrap_or(f64::NAN)
    }

    fn parse_date(&self, text: &str) -> f64 {
        self.in_scope(|| {
            let text = self.string(text);
            text.map_or(f64::NAN, |text| self.number(c"parseDate", &[text]))
        })
    }

    fn to_lower_case(&self, text: &str) -> Option<String> {
        self.in_scope(|| {
            let lowered = self.call(c"toLowerCase", &[self.string(text)?])?;
            self.text(lowered)
        })
    }
}
