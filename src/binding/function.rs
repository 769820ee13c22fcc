//! JavaScript functions in raw Node-API: they are created here, find their data and arguments here, and fail here.

use std::ffi::{CStr, CString, c_void};
use std::ptr;
use std::rc::Rc;

use napi::bindgen_prelude::{Env, Error, Result, Status, Unknown};
use napi::sys;

use crate::panics;

/// Up to so many arguments are read at once, and up to so many need no memory of their own.
const FEW: usize = 8;
const SOME: usize = 64;

/// Creates a function that is called with `data`, which lives at least as long. The callback finds it by
/// [`with_arguments`].
pub fn create_function<'env, D>(
    env: &'env Env,
    name: &CStr,
    callback: unsafe extern "C" fn(sys::napi_env, sys::napi_callback_info) -> sys::napi_value,
    data: &Rc<D>,
) -> Result<Unknown<'env>> {
    let data = Box::into_raw(Box::new(Rc::clone(data))).cast::<c_void>();
    let mut function = ptr::null_mut();
    // SAFETY: `env` is live, the name is a C string, and `data` stays valid until the finalizer, which runs once the
    // function, and with it any further call, is gone.
    let status = unsafe {
        let name_length = name.to_bytes().len() as isize;
        match sys::napi_create_function(
            env.raw(),
            name.as_ptr(),
            name_length,
            Some(callback),
            data,
            &mut function,
        ) {
            sys::Status::napi_ok => sys::napi_add_finalizer(
                env.raw(),
                function,
                data,
                Some(drop_box::<Rc<D>>),
                ptr::null_mut(),
                ptr::null_mut(),
            ),
            failed => failed,
        }
    };
    if status != sys::Status::napi_ok {
        // SAFETY: no finalizer has been attached, so the box is still ours.
        drop(unsafe { Box::from_raw(data.cast::<Rc<D>>()) });
        return Err(Error::new(
            Status::from(status),
            "cannot create a function of the addon".to_owned(),
        ));
    }
    // SAFETY: `function` was created above under this `env`.
    Ok(unsafe { Unknown::from_raw_unchecked(env.raw(), function) })
}

/// Calls back with the data of the function that is running, and its arguments.
///
/// # Safety
///
/// Only from the callback of a function that [`create_function`] made with data of this type, with the callback's own
/// arguments.
pub unsafe fn with_arguments<D, T>(
    env: sys::napi_env,
    info: sys::napi_callback_info,
    then: impl FnOnce(&D, &[sys::napi_value]) -> Option<T>,
) -> Option<T> {
    let mut data = ptr::null_mut();
    // Fills the buffer as far as there are arguments, and returns how many there are.
    let mut read = |arguments: &mut [sys::napi_value]| {
        let mut count = arguments.len();
        let (buffer, this) = (arguments.as_mut_ptr(), ptr::null_mut());
        // SAFETY: `count` holds the length of the buffer, and the out-pointers are locals or null.
        let status =
            unsafe { sys::napi_get_cb_info(env, info, &mut count, buffer, this, &mut data) };
        (status == sys::Status::napi_ok).then_some(count)
    };
    let mut few = [ptr::null_mut(); FEW];
    let mut some;
    let mut many;
    let mut arguments = &mut few[..];
    let count = read(arguments)?;
    if count > FEW {
        if count <= SOME {
            some = [ptr::null_mut(); SOME];
            arguments = &mut some[..count];
        } else {
            many = vec![ptr::null_mut(); count];
            arguments = &mut many;
        }
        read(arguments)?;
    }
    // SAFETY: `data` is the box that `create_function` made, and the callback has been called just now, so that its function
    // has not been collected. Whether it is while JavaScript runs in the middle of the call depends on the engine; from here
    // on nothing does.
    let data = unsafe { data.cast::<Rc<D>>().as_ref() }.map(Rc::clone)?;
    then(&data, &arguments[..count])
}

/// A JavaScript number.
///
/// # Safety
///
/// `env` must be that of the running callback.
pub unsafe fn create_number(env: sys::napi_env, number: u32) -> Option<sys::napi_value> {
    let mut value = ptr::null_mut();
    // SAFETY: the caller's word, and the out-pointer is a local.
    let status = unsafe { sys::napi_create_uint32(env, number, &mut value) };
    (status == sys::Status::napi_ok).then_some(value)
}

/// Runs the body of a callback so that no panic crosses into JavaScript; failures throw.
///
/// # Safety
///
/// `env` must be that of the running callback.
pub unsafe fn guard(
    env: sys::napi_env,
    callback: impl FnOnce() -> Option<sys::napi_value>,
) -> sys::napi_value {
    let (code, message) = match panics::catch(callback) {
        Ok(Some(value)) => return value,
        Ok(None) => (
            c"ERR_POSTHOG_NATIVE_CALL",
            "unexpected arguments, or definitions that have been released".to_owned(),
        ),
        Err(panic) => (
            c"ERR_POSTHOG_NATIVE_PANIC",
            format!(
                "the native evaluator {panic}; this is a bug of posthog-node-native, please report it"
            ),
        ),
    };
    // SAFETY: the caller's word.
    unsafe { throw(env, code, &message) };
    ptr::null_mut()
}

/// Throws a JavaScript error, unless one is pending.
///
/// # Safety
///
/// `env` must be that of the running callback.
unsafe fn throw(env: sys::napi_env, code: &CStr, message: &str) {
    let message = CString::new(message).unwrap_or_default();
    // SAFETY: both pointers are valid C strings, and `env` is the caller's word.
    unsafe { sys::napi_throw_error(env, code.as_ptr(), message.as_ptr()) };
}

/// Frees what a function was created with.
///
/// # Safety
///
/// `data` must come from `Box::<T>::into_raw`, and nothing may use it again.
unsafe extern "C" fn drop_box<T>(_env: sys::napi_env, data: *mut c_void, _hint: *mut c_void) {
    // SAFETY: the caller's word; Node-API calls a finalizer once.
    let owned = unsafe { Box::from_raw(data.cast::<T>()) };
    // A finalizer has no caller that a panic could be reported to. What has not been dropped then stays in memory.
    let _ = panics::catch(|| {
        panics::injected("finalizer");
        drop(owned);
    });
}
