//! The Node-API surface; the only module that knows JavaScript values.
//!
//! - [`definitions`]: `FlagDefinitions`, the handle on a compiled document, for set-up calls;
//! - [`evaluator`]: the two functions that evaluate, in raw Node-API, for every call after that;
//! - [`arguments`], [`codes`] and [`host`]: what these two read from JavaScript, write to it and ask of it;
//! - [`flag_poller`]: `FlagPoller`, the poller as JavaScript drives it;
//! - [`memory`]: giving memory back to the operating system.

#[cfg(panic = "abort")]
compile_error!("panics must unwind into the guards of the binding; build with panic = \"unwind\"");

mod arguments;
mod codes;
pub mod definitions;
mod evaluator;
mod flag_poller;
mod host;
mod memory;
