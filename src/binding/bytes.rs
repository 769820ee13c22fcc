//! Bytes that JavaScript hands over.

use std::ptr;
use std::slice;
use std::sync::atomic::{AtomicU8, Ordering};

use napi::bindgen_prelude::{
    Error, FromNapiValue, Result, Status, TypeName, ValidateNapiValue, ValueType,
};
use napi::sys;

/// A `Uint8Array` argument. Where its memory lies is asked when it is read, not before: reading the other arguments may run
/// JavaScript, which can take the memory away or change its size.
pub struct Bytes {
    env: sys::napi_env,
    array: sys::napi_value,
}

impl Bytes {
    /// Calls back with the bytes. What it does must not run JavaScript.
    pub fn read<T>(&self, then: impl FnOnce(&[u8]) -> T) -> Result<T> {
        let refuse = |status| Error::new(Status::from(status), "expected a Uint8Array".to_owned());
        let (mut kind, mut length, mut data) = (0, 0, ptr::null_mut());
        let (mut buffer, mut is_buffer) = (ptr::null_mut(), false);
        // SAFETY: the array is an argument of the call that is running, and the out-pointers are locals or null.
        unsafe {
            match sys::napi_get_typedarray_info(
                self.env,
                self.array,
                &mut kind,
                &mut length,
                &mut data,
                &mut buffer,
                ptr::null_mut(),
            ) {
                sys::Status::napi_ok if kind == sys::TypedarrayType::uint8_array => {}
                sys::Status::napi_ok => return Err(refuse(sys::Status::napi_invalid_arg)),
                failed => return Err(refuse(failed)),
            }
            match sys::napi_is_arraybuffer(self.env, buffer, &mut is_buffer) {
                sys::Status::napi_ok => {}
                failed => return Err(refuse(failed)),
            }
        }
        if length == 0 || data.is_null() {
            // Also what is left of an array whose memory was taken away.
            return Ok(then(&[]));
        }
        let data = data.cast::<u8>();
        if is_buffer {
            // SAFETY: so long is the array at this moment, and nothing can change it or write to it before JavaScript runs
            // again: its memory is not shared.
            return Ok(then(unsafe { slice::from_raw_parts(data, length) }));
        }
        // Memory of a `SharedArrayBuffer`, which other threads may write to meanwhile: whatever is parsed has to stay as it
        // is.
        let copied: Vec<u8> = (0..length)
            // SAFETY: shared memory never shrinks, each byte is within it, and all access of ours is atomic.
            .map(|at| unsafe { AtomicU8::from_ptr(data.add(at)) }.load(Ordering::Relaxed))
            .collect();
        Ok(then(&copied))
    }
}

impl TypeName for Bytes {
    fn type_name() -> &'static str {
        "Uint8Array"
    }

    fn value_type() -> ValueType {
        ValueType::Object
    }
}

impl ValidateNapiValue for Bytes {}

impl FromNapiValue for Bytes {
    unsafe fn from_napi_value(env: sys::napi_env, array: sys::napi_value) -> Result<Self> {
        Ok(Self { env, array })
    }
}
