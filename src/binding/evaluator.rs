//! The functions that evaluate, as raw Node-API callbacks: a call costs some 10 ns here against some 250 ns for a method
//! of a class.
//!
//! A great many inputs come as one list, so `...inputs` is `inputs` then, see `lib/evaluation/inputs.js`.
//!
//! - `one(flag, ...inputs)` returns the result code of one flag; the inputs are those of `inputsOf(flag)`.
//! - `some(exchange, ...inputs)` evaluates several flags. `exchange` is an `ArrayBuffer` of 32-bit numbers: how many flags
//!   there are, how many inputs, the flags, and the slots of the inputs. The result codes are written over the flags.
//! - `all(codes, ...inputs)` writes the result code of every flag to `codes`, an `ArrayBuffer` of 16-bit numbers, and
//!   returns how many have no value.
//!
//! Flags that failed for a reason their user has to know come with the number that is returned, as JSON:
//! `[number, [flag, message], …]`, where `some` has the flag's place among those asked for. Everything a call has found out
//! is so in the hands of its caller alone, and JavaScript that runs in the middle of it may evaluate flags as well.

use std::cell::RefCell;
use std::rc::Rc;

use napi::bindgen_prelude::{Env, Object, Result};
use napi::sys;

use super::arguments::read_input;
use super::codes::Exchange;
use super::function::{create_function, create_number, guard, with_arguments};
use super::hooks::{Hooks, HooksReference};
use super::input::Input;
use super::releasable::Releasable;
use crate::compiled::{CompiledDefinitions, Slot};
use crate::evaluate::call::CallInputs;
use crate::evaluate::{Evaluation, Recorder, Scratch, Visitor};
use crate::hashing::Path;
use crate::js::json;
use crate::outcome::{Fallback, ResultCode};
use crate::panics;

/// The numbers that stand before the flags in an exchange of `some`.
const HEAD: usize = 2;

/// Flags are many if they are so large a part of all: a quarter.
const MANY: usize = 4;

/// So many flags share a part of what is known of their inputs.
const PART: usize = 256;

type SlotsOfPart = [Option<Rc<[Slot]>>; PART];

/// What the functions share; lives as long as any of them.
struct Evaluator {
    definitions: Releasable,
    hooks: HooksReference,
    path: Path,
    /// The inputs of each flag that has been asked for on its own, in parts that are made when they are first needed.
    slots: RefCell<Vec<Option<Box<SlotsOfPart>>>>,
    /// Taken for the length of a call, so that one that panics leaves nothing half done behind. A call within a call, as
    /// from a person's property whose text has to be asked for, finds none and makes its own.
    memory: RefCell<Option<Box<Memory>>>,
}

#[derive(Default)]
struct Memory {
    inputs: CallInputs,
    scratch: Scratch,
    results: Results,
}

/// What a call finds out.
#[derive(Default)]
struct Results {
    /// Of all flags.
    codes: Vec<u16>,
    failures: Failures,
}

/// The flags that cannot be evaluated for a reason that their user has to know, and what to say of them.
#[derive(Default)]
struct Failures(Vec<(usize, Box<str>)>);

impl Failures {
    fn add(&mut self, flag: usize, fallback: Fallback) {
        if let Fallback::Thrown(message)
        | Fallback::Unreadable(message)
        | Fallback::Endless(message) = fallback
        {
            self.0.push((flag, message));
        }
    }

    /// What a call returns: its number, with the failures if there are any, which are gone then.
    fn conclude(&mut self, hooks: &Hooks, number: u32) -> Option<sys::napi_value> {
        if self.0.is_empty() {
            // SAFETY: the hooks are those of the running callback.
            return unsafe { create_number(hooks.env(), number) };
        }
        let mut text = format!("[{number}");
        for (flag, message) in self.0.drain(..) {
            text.push_str(&format!(",[{flag},"));
            json::write_string(&message, &mut text);
            text.push(']');
        }
        text.push(']');
        hooks.string(&text)
    }
}

/// Creates `{ one, some, all, reasoned, explain, count }`, where `count` is how many flags `all` writes codes of.
pub fn create<'env>(
    env: &'env Env,
    definitions: Releasable,
    hooks: &Object<'env>,
) -> Result<Object<'env>> {
    let count = definitions
        .with(|definitions| Some(definitions.flags.len()))
        .unwrap_or_default();
    let evaluator = Rc::new(Evaluator {
        definitions,
        hooks: HooksReference::new(env, hooks)?,
        path: Path::best(),
        slots: RefCell::default(),
        memory: RefCell::default(),
    });
    let mut parts = Object::new(env)?;
    parts.set("one", create_function(env, c"one", one, &evaluator)?)?;
    parts.set("some", create_function(env, c"some", some, &evaluator)?)?;
    parts.set("all", create_function(env, c"all", all, &evaluator)?)?;
    let reasoned = create_function(env, c"reasoned", reasoned, &evaluator)?;
    parts.set("reasoned", reasoned)?;
    let explain = create_function(env, c"explain", explain, &evaluator)?;
    parts.set("explain", explain)?;
    parts.set("count", count as u32)?;
    Ok(parts)
}

/// Calls back with the evaluator of the function that is running, its definitions if they are not released, and its
/// arguments.
///
/// # Safety
///
/// Only from a callback that [`create`] made a function of, with its own arguments.
unsafe fn with_definitions<T>(
    env: sys::napi_env,
    info: sys::napi_callback_info,
    then: impl FnOnce(&Evaluator, &CompiledDefinitions, &[sys::napi_value]) -> Option<T>,
) -> Option<T> {
    // SAFETY: the caller's word; `create` makes each function with an evaluator.
    unsafe {
        with_arguments(env, info, |evaluator: &Evaluator, arguments| {
            evaluator
                .definitions
                .with(|definitions| then(evaluator, definitions, arguments))
        })
    }
}

unsafe extern "C" fn one(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: this is a callback that `create` made a function of, in its environment and with its own arguments.
    unsafe {
        evaluate_one(
            env,
            info,
            || (),
            |flag, evaluation, hooks, results| {
                let outcome = evaluation.one(flag);
                let code = ResultCode::of(&outcome);
                if let Err(fallback) = outcome {
                    results.failures.add(flag, fallback);
                }
                results.failures.conclude(hooks, u32::from(code.0))
            },
        )
    }
}

/// Tells how a flag comes to its value, as JSON.
unsafe extern "C" fn explain(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: as for `one`.
    unsafe {
        evaluate_one(env, info, Recorder::whole, |flag, evaluation, hooks, _| {
            hooks.string(&evaluation.explain(flag))
        })
    }
}

/// # Safety
///
/// Only from a callback that [`create`] made a function of, with its own arguments.
#[inline]
unsafe fn evaluate_one<V: Visitor>(
    env: sys::napi_env,
    info: sys::napi_callback_info,
    visitor: impl FnOnce() -> V,
    then: impl FnOnce(usize, &mut Evaluation<'_, V>, &Hooks, &mut Results) -> Option<sys::napi_value>,
) -> sys::napi_value {
    let evaluate = |evaluator: &Evaluator,
                    definitions: &CompiledDefinitions,
                    arguments: &[sys::napi_value]| {
        let (flag, inputs) = arguments.split_first()?;
        // SAFETY: the argument is a handle of this call.
        let flag = unsafe { flag_of(env, *flag, definitions)? };
        let slots = evaluator.slots_of(definitions, flag);
        let slots = slots.iter().copied();
        // SAFETY: this is a callback of the evaluator's environment, and the inputs are its own.
        unsafe {
            evaluator.evaluate(
                definitions,
                slots,
                inputs,
                visitor(),
                |evaluation, hooks, results| then(flag, evaluation, hooks, results),
            )
        }
    };
    // SAFETY: the caller's word.
    unsafe { guard(env, || with_definitions(env, info, evaluate)) }
}

/// # Safety
///
/// Only with an argument of the callback that is running in `env`.
unsafe fn flag_of(
    env: sys::napi_env,
    argument: sys::napi_value,
    definitions: &CompiledDefinitions,
) -> Option<usize> {
    let mut index = 0;
    // SAFETY: the caller's word; the out-pointer is a local.
    unsafe { sys::napi_get_value_uint32(env, argument, &mut index) };
    let flag = index as usize;
    (flag < definitions.flags.len()).then_some(flag)
}

unsafe extern "C" fn some(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: this is a callback that `create` made a function of, in its environment and with its own arguments.
    unsafe {
        evaluate_some(
            env,
            info,
            || (),
            |evaluation, path, flags, _, add| {
                evaluation.some(path, flags, add);
            },
        )
    }
}

/// The same with the reasons, for which the exchange has room behind the slots.
unsafe extern "C" fn reasoned(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    // SAFETY: as for `some`.
    unsafe {
        evaluate_some(
            env,
            info,
            Recorder::default,
            |evaluation, path, flags, reasons, add| {
                reasons.resize(flags.len(), 0);
                evaluation.some_with_reasons(path, flags, reasons, add);
            },
        )
    }
}

/// # Safety
///
/// Only from a callback that [`create`] made a function of, with its own arguments.
unsafe fn evaluate_some<V: Visitor>(
    env: sys::napi_env,
    info: sys::napi_callback_info,
    visitor: impl FnOnce() -> V,
    some: impl FnOnce(
        &mut Evaluation<'_, V>,
        Option<Path>,
        &mut [u32],
        &mut Vec<u32>,
        &mut dyn FnMut(usize, Fallback),
    ),
) -> sys::napi_value {
    let evaluate = |evaluator: &Evaluator,
                    definitions: &CompiledDefinitions,
                    arguments: &[sys::napi_value]| {
        let (exchange, inputs) = arguments.split_first()?;
        // SAFETY: the argument is a handle of this call.
        let exchange = unsafe { Exchange::new(env, *exchange) };
        let [flags, slots] = exchange.read::<u32>(0, HEAD)?.try_into().ok()?;
        let (flags, slots) = (flags as usize, slots as usize);
        let behind = HEAD.checked_add(flags)?.checked_add(slots)?;
        let mut exchanged = exchange.read::<u32>(HEAD, flags.checked_add(slots)?)?;
        let (flags, slots) = exchanged.split_at_mut(flags);
        let count = definitions.flags.len();
        if flags.iter().any(|flag| *flag as usize >= count) {
            return None;
        }
        let is_complete = slots.len() >= definitions.inputs.len();
        let path = (is_complete && flags.len() >= count / MANY).then_some(evaluator.path);
        if slots
            .iter()
            .any(|slot| *slot as usize >= definitions.inputs.len())
        {
            return None;
        }
        let slots = slots.iter().map(|slot| *slot as usize);
        // SAFETY: this is a callback of the evaluator's environment, and the inputs are its own.
        unsafe {
            evaluator.evaluate(
                definitions,
                slots,
                inputs,
                visitor(),
                |evaluation, hooks, results| {
                    let failures = &mut results.failures;
                    let mut reasons = Vec::new();
                    some(
                        evaluation,
                        path,
                        flags,
                        &mut reasons,
                        &mut |place, fallback| {
                            failures.add(place, fallback);
                        },
                    );
                    exchange.write(HEAD, flags)?;
                    exchange.write(behind, &reasons)?;
                    failures.conclude(hooks, 0)
                },
            )
        }
    };
    // SAFETY: this is a callback that `create` made a function of, in its environment and with its own arguments.
    unsafe { guard(env, || with_definitions(env, info, evaluate)) }
}

unsafe extern "C" fn all(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let evaluate = |evaluator: &Evaluator,
                    definitions: &CompiledDefinitions,
                    arguments: &[sys::napi_value]| {
        let (codes, inputs) = arguments.split_first()?;
        // SAFETY: the argument is a handle of this call.
        let exchange = unsafe { Exchange::new(env, *codes) };
        let slots = 0..definitions.inputs.len();
        // SAFETY: this is a callback of the evaluator's environment, and the inputs are its own.
        unsafe {
            evaluator.evaluate(
                definitions,
                slots,
                inputs,
                (),
                |evaluation, hooks, results| {
                    let Results { codes, failures } = results;
                    let mut unresolved = 0;
                    evaluation.all(evaluator.path, codes, |flag, fallback| {
                        failures.add(flag, fallback);
                        unresolved += 1;
                    });
                    exchange.write(0, codes)?;
                    failures.conclude(hooks, unresolved)
                },
            )
        }
    };
    // SAFETY: this is a callback that `create` made a function of, in its environment and with its own arguments.
    unsafe { guard(env, || with_definitions(env, info, evaluate)) }
}

impl Evaluator {
    fn slots_of(&self, definitions: &CompiledDefinitions, flag: usize) -> Rc<[Slot]> {
        let mut slots = self.slots.borrow_mut();
        if slots.is_empty() {
            slots.resize_with(definitions.flags.len().div_ceil(PART), || None);
        }
        let part = slots[flag / PART].get_or_insert_with(|| Box::new([const { None }; PART]));
        let slots = part[flag % PART].get_or_insert_with(|| definitions.slots_of(flag).into());
        Rc::clone(slots)
    }

    /// Reads inputs, each for its slot, and evaluates.
    ///
    /// # Safety
    ///
    /// Only from a callback that is running in the evaluator's environment, with inputs that are handles of it.
    unsafe fn evaluate<T, V: Visitor>(
        &self,
        definitions: &CompiledDefinitions,
        slots: impl ExactSizeIterator<Item = Slot>,
        inputs: &[sys::napi_value],
        visitor: V,
        evaluate: impl FnOnce(&mut Evaluation<'_, V>, &Hooks, &mut Results) -> Option<T>,
    ) -> Option<T> {
        // SAFETY: a callback is running, and `hooks` does not outlive it.
        let hooks = unsafe { Hooks::new(&self.hooks) };
        let mut memory = self.memory.take().unwrap_or_default();
        memory.results.failures.0.clear();
        memory.inputs.begin(definitions.inputs.len());
        // SAFETY: the caller's word; `CallInputs::end` forgets what would be read later.
        let input_of = |value| unsafe { Input::new(hooks, value) };
        match inputs {
            // They are too many to be arguments each, see `lib/evaluation/inputs.js`.
            [list] if slots.len() > 1 => {
                for (place, slot) in slots.enumerate() {
                    match hooks.element(*list, place) {
                        Some(input) => read_input(&mut memory.inputs, slot, &input_of(input)),
                        None => memory.inputs.set_missing(slot),
                    }
                }
            }
            _ => {
                for (slot, input) in slots.zip(inputs) {
                    read_input(&mut memory.inputs, slot, &input_of(*input));
                }
            }
        }
        let Memory {
            inputs,
            scratch,
            results,
        } = &mut *memory;
        panics::injected("evaluation");
        let mut evaluation = Evaluation::visited(definitions, inputs, &hooks, scratch, visitor);
        let result = evaluate(&mut evaluation, &hooks, results);
        drop(evaluation);
        inputs.end();
        scratch.end();
        self.memory.replace(Some(memory));
        result
    }
}
