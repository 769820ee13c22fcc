//! Where the result codes of all flags cross to JavaScript.

use std::ptr;

use napi::bindgen_prelude::{Env, Error, Result, Status, Unknown};
use napi::sys;

/// An array of result codes that JavaScript reads after each call.
pub struct Codes {
    env: sys::napi_env,
    buffer: sys::napi_ref,
    data: *mut u16,
    count: usize,
}

impl Codes {
    /// Creates the array, a `Uint16Array` of that length, and keeps it alive.
    pub fn new<'env>(env: &'env Env, count: usize) -> Result<(Self, Unknown<'env>)> {
        let refuse = |status| {
            Error::new(
                Status::from(status),
                "cannot create the array of result codes".to_owned(),
            )
        };
        let mut data = ptr::null_mut();
        let mut buffer = ptr::null_mut();
        let mut array = ptr::null_mut();
        let mut reference = ptr::null_mut();
        // SAFETY: `env` is live, each value is used only after the call that made it succeeded, and the out-pointers are
        // locals. A buffer that is made here has its memory outside the JavaScript heap, where it stays in place.
        unsafe {
            let env = env.raw();
            match sys::napi_create_arraybuffer(
                env,
                count * size_of::<u16>(),
                &mut data,
                &mut buffer,
            ) {
                sys::Status::napi_ok => {}
                failed => return Err(refuse(failed)),
            }
            let kind = sys::TypedarrayType::uint16_array;
            match sys::napi_create_typedarray(env, kind, count, buffer, 0, &mut array) {
                sys::Status::napi_ok => {}
                failed => return Err(refuse(failed)),
            }
            match sys::napi_create_reference(env, buffer, 1, &mut reference) {
                sys::Status::napi_ok => {}
                failed => return Err(refuse(failed)),
            }
        }
        let codes = Self {
            env: env.raw(),
            buffer: reference,
            data: data.cast(),
            count,
        };
        // SAFETY: the array was created above under this `env`.
        Ok((codes, unsafe {
            Unknown::from_raw_unchecked(env.raw(), array)
        }))
    }

    /// Copies the codes into the array. Called when an evaluation is over: JavaScript code that ran in the middle of it
    /// may have evaluated as well.
    pub fn write(&self, codes: &[u16]) {
        let count = codes.len().min(self.count);
        if count > 0 {
            // SAFETY: the reference keeps the buffer alive, which has room for `self.count` aligned elements and is
            // neither resized nor detached: JavaScript has it in a private field of a snapshot alone. `codes` is memory
            // of ours, and no JavaScript runs in between.
            unsafe { ptr::copy_nonoverlapping(codes.as_ptr(), self.data, count) };
        }
    }
}

impl Drop for Codes {
    fn drop(&mut self) {
        // SAFETY: as for `HooksReference`.
        unsafe { sys::napi_delete_reference(self.env, self.buffer) };
    }
}
