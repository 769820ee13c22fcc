//! The functions that evaluate, as raw Node-API callbacks: a call costs some 10 ns here against some 250 ns for a method
//! of a class.
//!
//! - `one(hooks, flag, ...inputs)` returns the result code of one flag; the inputs are those of `inputsOf(flag)`.
//! - `all(hooks, codes, ...inputs)` writes the result code of every flag to `codes`, a `Uint16Array`.

use std::cell::RefCell;
use std::ffi::{CStr, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::rc::Rc;
use std::sync::Arc;

use napi::bindgen_prelude::{Env, Error, Result, Status, Unknown};
use napi::sys;

use super::arguments::Arguments;
use super::host::{self, Hooks};
use crate::compiled::{CompiledDefinitions, Slot};
use crate::context::Value;
use crate::evaluate::{Evaluation, Outcome, Scratch};
use crate::outcome::{Fallback, ResultCode};

/// Up to this many inputs need no memory of their own.
const FEW: usize = 48;

/// What the two functions share; lives as long as either.
struct Evaluator {
    definitions: Arc<CompiledDefinitions>,
    /// The inputs of each flag that has been asked for on its own.
    slots: RefCell<Vec<Option<Rc<[Slot]>>>>,
    /// Taken for the length of a call. A call within a call, which only a hook of the user's own making can cause, finds
    /// none and makes its own.
    memory: RefCell<Option<Memory>>,
}

#[derive(Default)]
struct Memory {
    arguments: Arguments,
    scratch: Scratch,
}

/// Creates `one` and `all`.
pub fn create_functions<'env>(
    env: &'env Env,
    definitions: Arc<CompiledDefinitions>,
) -> Result<(Unknown<'env>, Unknown<'env>)> {
    let evaluator = Rc::new(Evaluator {
        slots: RefCell::new(vec![None; definitions.flags.len()]),
        definitions,
        memory: RefCell::default(),
    });
    let one = create_function(env, c"one", one, &evaluator)?;
    let all = create_function(env, c"all", all, &evaluator)?;
    Ok((one, all))
}

fn create_function<'env>(
    env: &'env Env,
    name: &CStr,
    callback: unsafe extern "C" fn(sys::napi_env, sys::napi_callback_info) -> sys::napi_value,
    evaluator: &Rc<Evaluator>,
) -> Result<Unknown<'env>> {
    let data = Box::into_raw(Box::new(Rc::clone(evaluator))).cast::<c_void>();
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
                Some(host::drop_box::<Rc<Evaluator>>),
                ptr::null_mut(),
                ptr::null_mut(),
            ),
            failed => failed,
        }
    };
    if status != sys::Status::napi_ok {
        // SAFETY: no finalizer has been attached, so the box is still ours.
        drop(unsafe { Box::from_raw(data.cast::<Rc<Evaluator>>()) });
        return Err(Error::new(
            Status::from(status),
            "cannot create the evaluation functions".to_owned(),
        ));
    }
    // SAFETY: `function` was created above under this `env`.
    Ok(unsafe { Unknown::from_raw_unchecked(env.raw(), function) })
}

/// The arguments of a running callback.
struct Call {
    env: sys::napi_env,
    few: [sys::napi_value; FEW + 2],
    many: Vec<sys::napi_value>,
    count: usize,
    evaluator: *const Rc<Evaluator>,
}

impl Call {
    /// # Safety
    ///
    /// Only from a callback made by [`create_function`], with its own arguments.
    unsafe fn new(env: sys::napi_env, info: sys::napi_callback_info) -> Option<Self> {
        let mut call = Self {
            env,
            few: [ptr::null_mut(); FEW + 2],
            many: Vec::new(),
            count: FEW + 2,
            evaluator: ptr::null(),
        };
        let mut data = ptr::null_mut();
        // SAFETY: `count` holds the length of the buffer, and every out-pointer is a local.
        let mut read = |count: &mut usize, buffer: *mut sys::napi_value| unsafe {
            sys::napi_get_cb_info(env, info, count, buffer, ptr::null_mut(), &mut data)
                == sys::Status::napi_ok
        };
        if !read(&mut call.count, call.few.as_mut_ptr()) {
            return None;
        }
        if call.count > call.few.len() {
            call.many = vec![ptr::null_mut(); call.count];
            if !read(&mut call.count, call.many.as_mut_ptr()) {
                return None;
            }
        }
        call.evaluator = data.cast::<Rc<Evaluator>>();
        (call.count >= 2 && !call.evaluator.is_null()).then_some(call)
    }

    fn arguments(&self) -> &[sys::napi_value] {
        if self.many.is_empty() {
            &self.few[..self.count.min(self.few.len())]
        } else {
            &self.many
        }
    }
}

unsafe extern "C" fn one(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    guard(env, || {
        // SAFETY: this is a callback made by `create_function`, with its own arguments.
        let call = unsafe { Call::new(env, info) }?;
        // SAFETY: `data` is the box that `create_function` made; the function that is running keeps it alive.
        let evaluator = unsafe { &*call.evaluator };
        let mut flag = 0;
        // SAFETY: the argument is a handle of this call.
        unsafe { sys::napi_get_value_uint32(env, call.arguments()[1], &mut flag) };
        let flag = flag as usize;
        if flag >= evaluator.definitions.flags.len() {
            return None;
        }
        let slots = evaluator.slots_of(flag);
        let code = evaluator.with_inputs(&call, Some(&slots), |evaluation, hooks| {
            let outcome = evaluation.flag(flag);
            report(hooks, flag, &outcome);
            ResultCode::of(&outcome)
        });
        let mut value = ptr::null_mut();
        // SAFETY: the out-pointer is a local.
        unsafe { sys::napi_create_uint32(env, u32::from(code.0), &mut value) };
        Some(value)
    })
}

unsafe extern "C" fn all(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    guard(env, || {
        // SAFETY: this is a callback made by `create_function`, with its own arguments.
        let call = unsafe { Call::new(env, info) }?;
        // SAFETY: `data` is the box that `create_function` made; the function that is running keeps it alive.
        let evaluator = unsafe { &*call.evaluator };
        let count = evaluator.definitions.flags.len();
        let mut codes = Vec::with_capacity(count);
        evaluator.with_inputs(&call, None, |evaluation, hooks| {
            for flag in 0..count {
                let outcome = evaluation.flag(flag);
                report(hooks, flag, &outcome);
                codes.push(ResultCode::of(&outcome).0);
            }
        });
        // SAFETY: the argument is a handle of this call.
        unsafe { write_codes(env, call.arguments()[1], &codes) }
    })
}

/// Copies the codes into a `Uint16Array` of the same length. JavaScript code may have run since the call began, so the
/// array is looked at only now.
///
/// # Safety
///
/// `array` must be a handle of the running callback.
unsafe fn write_codes(
    env: sys::napi_env,
    array: sys::napi_value,
    codes: &[u16],
) -> Option<sys::napi_value> {
    let mut kind = 0;
    let mut length = 0;
    let mut data = ptr::null_mut();
    // SAFETY: every out-pointer is a local or null, which asks for nothing.
    let status = unsafe {
        let (buffer, offset) = (ptr::null_mut(), ptr::null_mut());
        sys::napi_get_typedarray_info(
            env,
            array,
            &mut kind,
            &mut length,
            &mut data,
            buffer,
            offset,
        )
    };
    let fits = status == sys::Status::napi_ok
        && kind == sys::TypedarrayType::uint16_array
        && length == codes.len();
    if !fits {
        return None;
    }
    if !codes.is_empty() {
        // SAFETY: `data` points to `length` elements of 16 bits, as many as `codes` has; it belongs to JavaScript, so the
        // two do not overlap, and no JavaScript runs in between.
        unsafe { ptr::copy_nonoverlapping(codes.as_ptr(), data.cast::<u16>(), length) };
    }
    Some(array)
}

impl Evaluator {
    fn slots_of(&self, flag: usize) -> Rc<[Slot]> {
        let mut slots = self.slots.borrow_mut();
        let slots = slots[flag].get_or_insert_with(|| self.definitions.slots_of(flag).into());
        Rc::clone(slots)
    }

    /// Reads the inputs of a call, for these slots or for all, and evaluates.
    fn with_inputs<T>(
        &self,
        call: &Call,
        slots: Option<&[Slot]>,
        evaluate: impl FnOnce(&mut Evaluation<'_>, &Hooks) -> T,
    ) -> T {
        let arguments = call.arguments();
        // SAFETY: the handles are those of the running callback, which `hooks` does not outlive.
        let hooks = unsafe { Hooks::new(call.env, arguments[0]) };
        let mut memory = self.memory.take().unwrap_or_default();
        memory.arguments.clear();
        for argument in &arguments[2..] {
            // SAFETY: as above.
            unsafe { memory.arguments.push(call.env, *argument, &hooks) };
        }
        let count = self.definitions.inputs.len();
        let mut few = [Value::Missing; FEW];
        let mut many = Vec::new();
        let values = if count <= FEW {
            &mut few[..count]
        } else {
            many.resize(count, Value::Missing);
            &mut many[..]
        };
        match slots {
            None => values
                .iter_mut()
                .zip(memory.arguments.values())
                .for_each(|(place, value)| *place = value),
            Some(slots) => slots
                .iter()
                .zip(memory.arguments.values())
                .for_each(|(slot, value)| values[*slot] = value),
        }
        let result = evaluate(
            &mut Evaluation::new(&self.definitions, values, &hooks, &mut memory.scratch),
            &hooks,
        );
        self.memory.replace(Some(memory));
        result
    }
}

/// Tells of a flag that cannot be evaluated for a reason that its user has to know.
fn report(hooks: &Hooks, flag: usize, outcome: &Outcome) {
    if let Err(Fallback::Thrown(message) | Fallback::Endless(message)) = outcome {
        hooks.failed(flag, message);
    }
}

/// Runs a callback so that no panic crosses into JavaScript; failures throw.
fn guard(
    env: sys::napi_env,
    callback: impl FnOnce() -> Option<sys::napi_value>,
) -> sys::napi_value {
    match catch_unwind(AssertUnwindSafe(callback)) {
        Ok(Some(value)) => value,
        failure => {
            let message = if failure.is_err() {
                c"the native evaluator failed"
            } else {
                c"unexpected arguments"
            };
            // SAFETY: `env` is that of the running callback.
            unsafe { host::throw(env, message) };
            ptr::null_mut()
        }
    }
}
