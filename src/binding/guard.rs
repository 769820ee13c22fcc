//! What becomes of a panic on the way out to Node.

use napi::bindgen_prelude::{Error, Result};
use napi_derive::module_init;
#[cfg(feature = "injected-panics")]
use napi_derive::napi;

use crate::panics;

/// The `code` of the error that JavaScript gets when the native code has panicked, see `lib/errors/panic.js`.
pub const PANIC: &str = "ERR_POSTHOG_NATIVE_PANIC";

/// Runs the body of a method on texts that no error may quote: what napi-rs makes of a panic has its message.
pub fn guarded<T>(run: impl FnOnce() -> T) -> Result<T, &'static str> {
    panics::catch(run).map_err(|panic| {
        Error::new(
            PANIC,
            format!("posthog-node-native {panic}; this is a bug, please report it"),
        )
    })
}

#[module_init]
fn init() {
    panics::silence();
}

/// For tests of the guards: the next `times` runs of a place panic. Returns how many were still to come.
#[cfg(feature = "injected-panics")]
// Only JavaScript calls it, and unit tests are built without what napi-derive makes of it.
#[cfg_attr(test, allow(dead_code))]
#[napi(catch_unwind)]
pub fn inject_panics(place: String, times: u32) -> u32 {
    panics::inject(place, times)
}
