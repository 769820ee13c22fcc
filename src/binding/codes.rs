//! Memory in which numbers cross to JavaScript and back. It belongs to JavaScript, for the length of one call to one call
//! alone, so that no call can find what another has written.

use std::ptr;

use napi::sys;

/// An `ArrayBuffer` that the running callback was given. Where its memory lies, and how much there is, is asked anew each
/// time: JavaScript can take it away, by `structuredClone` with `transfer`, or change its size.
#[derive(Clone, Copy)]
pub struct Exchange {
    env: sys::napi_env,
    buffer: sys::napi_value,
}

impl Exchange {
    /// # Safety
    ///
    /// `buffer` must be a handle of the callback that is running in `env`, and this must not outlive it.
    pub unsafe fn new(env: sys::napi_env, buffer: sys::napi_value) -> Self {
        Self { env, buffer }
    }

    /// The memory of the buffer, if there are so many bytes. Valid until JavaScript runs again.
    fn memory(&self, length: usize) -> Option<*mut u8> {
        let (mut is_buffer, mut data, mut room) = (false, ptr::null_mut(), 0);
        // A `SharedArrayBuffer`, which another thread could be using, is none.
        // SAFETY: the value is a handle of the running callback, by the contract of `new`; the out-pointers are locals.
        let status = unsafe {
            match sys::napi_is_arraybuffer(self.env, self.buffer, &mut is_buffer) {
                sys::Status::napi_ok if is_buffer => {
                    sys::napi_get_arraybuffer_info(self.env, self.buffer, &mut data, &mut room)
                }
                _ => return None,
            }
        };
        (status == sys::Status::napi_ok && room >= length && !data.is_null()).then_some(data.cast())
    }

    /// Copies numbers into the buffer, from the place of the n-th number on. `None` if it has no room for them.
    pub fn write<T: Number>(&self, first: usize, numbers: &[T]) -> Option<()> {
        if numbers.is_empty() {
            return Some(());
        }
        let (start, length) = (first * size_of::<T>(), size_of_val(numbers));
        let memory = self.memory(start + length)?;
        // SAFETY: `memory` has room for as many bytes, and no JavaScript has run since that was asked. The bytes are copied
        // as such, so that alignment does not matter; `numbers` is memory of ours, which JavaScript does not know.
        unsafe { ptr::copy_nonoverlapping(numbers.as_ptr().cast(), memory.add(start), length) };
        Some(())
    }

    /// So many numbers of the buffer, from the place of the n-th on. `None` if it holds fewer.
    pub fn read<T: Number>(&self, first: usize, count: usize) -> Option<Vec<T>> {
        let (start, length) = (first * size_of::<T>(), count.checked_mul(size_of::<T>())?);
        let memory = self.memory(start.checked_add(length)?)?;
        let mut numbers = vec![T::default(); count];
        // SAFETY: as for `write`; any bytes are a `Number`.
        unsafe { ptr::copy_nonoverlapping(memory.add(start), numbers.as_mut_ptr().cast(), length) };
        Some(numbers)
    }
}

/// Numbers of which typed arrays exist.
///
/// # Safety
///
/// Every sequence of bytes must be a valid number, and there must be no padding.
pub unsafe trait Number: Copy + Default {}

// SAFETY: an integer without padding or invalid values.
unsafe impl Number for u16 {}
// SAFETY: as above.
unsafe impl Number for u32 {}
