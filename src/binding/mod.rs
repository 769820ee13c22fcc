//! The Node-API surface; the only module that knows JavaScript values. Without the feature `napi`, [`arguments`] is all there
//! is of it.
//!
//! - [`definitions`]: `FlagDefinitions`, the handle on a compiled document, for set-up calls;
//! - [`evaluator`]: the two functions that evaluate, in raw Node-API, for every call after that;
//! - [`arguments`] and [`handle`], [`codes`] and [`host`]: what these two read from JavaScript, write to it and ask of it;
//! - [`flag_poller`]: `FlagPoller`, the poller as JavaScript drives it;
//! - [`memory`]: giving memory back to the operating system;
//! - [`processor`]: what evaluation makes use of in this processor.

#[cfg(all(feature = "napi", panic = "abort"))]
compile_error!("panics must unwind into the guards of the binding; build with panic = \"unwind\"");

pub mod arguments;
#[cfg(feature = "napi")]
mod codes;
#[cfg(feature = "napi")]
mod definitions;
#[cfg(feature = "napi")]
mod evaluator;
#[cfg(feature = "napi")]
mod flag_poller;
#[cfg(feature = "napi")]
mod handle;
#[cfg(feature = "napi")]
mod host;
#[cfg(feature = "napi")]
mod memory;
mod processor;
