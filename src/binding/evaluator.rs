//! The functions that evaluate, as raw Node-API callbacks: a call costs some 10 ns here against some 250 ns for a method
//! of a class.
//!
//! - `one(flag, ...inputs)`, or `one(flag, inputs)` for a great many, returns the result code of one flag; the inputs are those of `inputsOf(flag)`.
//! - `all(...inputs)`, or `all(inputs)`, writes the result code of every flag to `codes` and returns the number of the set of flags that have
//!   no value, see [`UnresolvedSets`].

use std::cell::RefCell;
use std::ffi::{CStr, c_void};
use std::rc::Rc;
use std::{mem, ptr};

use napi::bindgen_prelude::{Env, Error, Object, Result, Status, Unknown};
use napi::sys;

use super::arguments::read_input;
use super::codes::Codes;
use super::definitions::Releasable;
use super::handle::Handle;
use super::host::{self, Hooks, HooksReference};
use crate::call::CallInputs;
use crate::compiled::{CompiledDefinitions, Slot};
use crate::evaluate::{Evaluation, Scratch};
use crate::hashing::Path;
use crate::outcome::{Fallback, ResultCode};
use crate::panics;
use crate::unresolved_sets::UnresolvedSets;

/// Up to this many arguments need no memory of their own.
const FEW: usize = 8;
const SOME: usize = 64;

/// What the two functions share; lives as long as either.
struct Evaluator {
    definitions: Releasable,
    hooks: HooksReference,
    codes: Codes,
    path: Path,
    /// The inputs of each flag that has been asked for on its own.
    slots: RefCell<Vec<Option<Rc<[Slot]>>>>,
    /// Taken for the length of a call, so that one that panics leaves nothing half done behind. A call within a call, which
    /// only a hook of the user's own making can cause, finds none and makes its own.
    memory: RefCell<Option<Box<Memory>>>,
    unresolved: RefCell<UnresolvedSets>,
}

#[derive(Default)]
struct Memory {
    inputs: CallInputs,
    scratch: Scratch,
    results: Results,
}

/// The results of all flags.
#[derive(Default)]
struct Results {
    codes: Vec<u16>,
    /// The flags that have no value.
    unresolved: Vec<u32>,
    /// The flags that failed, and why. Told at the end, for a value that is looked at meanwhile may evaluate flags itself.
    failed: Vec<(usize, Box<str>)>,
}

/// Creates `{ one, all, codes }`.
pub fn create<'env>(
    env: &'env Env,
    definitions: Releasable,
    hooks: &Object<'env>,
) -> Result<Object<'env>> {
    let count = definitions
        .with(|definitions| Some(definitions.flags.len()))
        .unwrap_or_default();
    let (codes, array) = Codes::new(env, count)?;
    let evaluator = Rc::new(Evaluator {
        definitions,
        hooks: HooksReference::new(env, hooks)?,
        codes,
        path: Path::best(),
        slots: RefCell::default(),
        memory: RefCell::default(),
        unresolved: RefCell::default(),
    });
    let mut parts = Object::new(env)?;
    parts.set("one", create_function(env, c"one", one, &evaluator)?)?;
    parts.set("all", create_function(env, c"all", all, &evaluator)?)?;
    parts.set("codes", array)?;
    Ok(parts)
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

/// Calls back with the data of the function that is running, its definitions if they are not released, and its arguments.
///
/// # Safety
///
/// Only from a callback made by [`create_function`], with its own arguments.
unsafe fn with_arguments<T>(
    env: sys::napi_env,
    info: sys::napi_callback_info,
    then: impl FnOnce(&Evaluator, &CompiledDefinitions, &[sys::napi_value]) -> Option<T>,
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
    // SAFETY: `data` is the box that `create_function` made; the function that is running keeps it alive.
    let evaluator = unsafe { data.cast::<Rc<Evaluator>>().as_ref() }?;
    evaluator
        .definitions
        .with(|definitions| then(evaluator, definitions, &arguments[..count]))
}

unsafe extern "C" fn one(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let evaluate = |evaluator: &Evaluator,
                    definitions: &CompiledDefinitions,
                    arguments: &[sys::napi_value]| {
        let (flag, inputs) = arguments.split_first()?;
        let mut index = 0;
        // SAFETY: the argument is a handle of this call.
        unsafe { sys::napi_get_value_uint32(env, *flag, &mut index) };
        let flag = index as usize;
        if flag >= definitions.flags.len() {
            return None;
        }
        let slots = evaluator.slots_of(definitions, flag);
        let slots = slots.iter().copied();
        // SAFETY: this is a callback of the evaluator's environment, and the inputs are its own.
        let code = unsafe {
            evaluator.evaluate(definitions, slots, inputs, |mut evaluation, hooks, _| {
                let outcome = evaluation.one(flag);
                if let Err(Fallback::Thrown(message) | Fallback::Endless(message)) = &outcome {
                    hooks.failed(flag, message);
                }
                ResultCode::of(&outcome)
            })
        };
        create_number(env, u32::from(code.0))
    };
    // SAFETY: this is a callback made by `create_function`, with its own arguments.
    guard(env, || unsafe { with_arguments(env, info, evaluate) })
}

unsafe extern "C" fn all(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let evaluate = |evaluator: &Evaluator,
                    definitions: &CompiledDefinitions,
                    arguments: &[sys::napi_value]| {
        let slots = 0..definitions.inputs.len();
        // SAFETY: this is a callback of the evaluator's environment, and the inputs are its own.
        let set = unsafe {
            evaluator.evaluate(
                definitions,
                slots,
                arguments,
                |mut evaluation, hooks, results| {
                    results.unresolved.clear();
                    evaluation.all(evaluator.path, &mut results.codes, |flag, fallback| {
                        if let Fallback::Thrown(message) | Fallback::Endless(message) = fallback {
                            results.failed.push((flag, message));
                        }
                        results.unresolved.push(flag as u32);
                    });
                    for (flag, message) in mem::take(&mut results.failed) {
                        hooks.failed(flag, &message);
                    }
                    evaluator.codes.write(&results.codes);
                    evaluator
                        .unresolved
                        .borrow_mut()
                        .number(&results.unresolved)
                },
            )
        };
        create_number(env, set)
    };
    // SAFETY: this is a callback made by `create_function`, with its own arguments.
    guard(env, || unsafe { with_arguments(env, info, evaluate) })
}

fn create_number(env: sys::napi_env, number: u32) -> Option<sys::napi_value> {
    let mut value = ptr::null_mut();
    // SAFETY: `env` is that of the running callback, and the out-pointer is a local.
    let status = unsafe { sys::napi_create_uint32(env, number, &mut value) };
    (status == sys::Status::napi_ok).then_some(value)
}

impl Evaluator {
    fn slots_of(&self, definitions: &CompiledDefinitions, flag: usize) -> Rc<[Slot]> {
        let mut slots = self.slots.borrow_mut();
        if slots.is_empty() {
            slots.resize(definitions.flags.len(), None);
        }
        let slots = slots[flag].get_or_insert_with(|| definitions.slots_of(flag).into());
        Rc::clone(slots)
    }

    /// Reads inputs, each for its slot, and evaluates.
    ///
    /// # Safety
    ///
    /// Only from a callback that is running in the evaluator's environment, with inputs that are handles of it.
    unsafe fn evaluate<T>(
        &self,
        definitions: &CompiledDefinitions,
        slots: impl ExactSizeIterator<Item = Slot>,
        inputs: &[sys::napi_value],
        evaluate: impl FnOnce(Evaluation<'_>, &Hooks, &mut Results) -> T,
    ) -> T {
        // SAFETY: a callback is running, and `hooks` does not outlive it.
        let hooks = unsafe { Hooks::new(&self.hooks) };
        let mut memory = self.memory.take().unwrap_or_default();
        memory.inputs.begin(definitions.inputs.len());
        // SAFETY: the caller's word; `CallInputs::end` forgets what would be read later.
        let handle = |value| unsafe { Handle::new(hooks, value) };
        match inputs {
            // They are too many to be arguments each, see `lib/inputs.js`.
            [list] if slots.len() > 1 => {
                for (place, slot) in slots.enumerate() {
                    match hooks.element(*list, place) {
                        Some(input) => read_input(&mut memory.inputs, slot, &handle(input)),
                        None => memory.inputs.set_missing(slot),
                    }
                }
            }
            _ => {
                for (slot, input) in slots.zip(inputs) {
                    read_input(&mut memory.inputs, slot, &handle(*input));
                }
            }
        }
        let Memory {
            inputs,
            scratch,
            results,
        } = &mut *memory;
        panics::injected("evaluation");
        let evaluation = Evaluation::new(definitions, inputs, &hooks, scratch);
        let result = evaluate(evaluation, &hooks, results);
        inputs.end();
        scratch.end();
        self.memory.replace(Some(memory));
        result
    }
}

/// Runs a callback so that no panic crosses into JavaScript; failures throw.
fn guard(
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
            format!("the native evaluator {panic}"),
        ),
    };
    // SAFETY: `env` is that of the running callback.
    unsafe { host::throw(env, code, &message) };
    ptr::null_mut()
}
