//! The Node-API surface; the only module that knows JavaScript values. Without the feature `napi`, of which it is made, only
//! [`arguments`] is left, so that it can be tested without Node.
//!
//! - `definitions`: `FlagDefinitions`, the handle on a compiled document, for set-up calls;
//! - `evaluator`: the functions that evaluate, in raw Node-API, for every call after that;
//! - `arguments`, `input` and `handle`, `codes` and `hooks`: what these read from JavaScript, write to it and ask of it;
//! - `function`: functions in raw Node-API, with their data, arguments and failures;
//! - `bytes`: bytes that JavaScript hands over;
//! - `client_request`: a request of posthog-node's client;
//! - `flag_poller`: `FlagPoller`, the poller as JavaScript drives it;
//! - `guard`: what becomes of a panic in a method that napi-rs makes;
//! - `large_blocks`: the memory of the addon;
//! - `memory`: giving memory back to the operating system;
//! - `releasable`: compiled definitions that can be released while they are shared;
//! - `unreachable`: freeing definitions that JavaScript no longer has;
//! - `hashing_paths`: how this processor hashes.
//!
//! Whatever is entered from outside catches panics: `catch_unwind` in the attributes of what napi-rs calls, and
//! [`crate::panics::catch`] in callbacks, finalizers and the background thread.

#[cfg(all(feature = "napi", panic = "abort"))]
compile_error!("panics must unwind into the guards of the binding; build with panic = \"unwind\"");

pub mod arguments;
#[cfg(feature = "napi")]
mod bytes;
#[cfg(feature = "napi")]
mod client_request;
#[cfg(feature = "napi")]
mod codes;
#[cfg(feature = "napi")]
mod content;
#[cfg(feature = "napi")]
mod definitions;
#[cfg(feature = "napi")]
mod evaluator;
#[cfg(feature = "napi")]
mod flag_poller;
#[cfg(feature = "napi")]
mod function;
#[cfg(feature = "napi")]
mod guard;
#[cfg(feature = "napi")]
mod handle;
#[cfg(feature = "napi")]
pub mod hashing_paths;
#[cfg(feature = "napi")]
mod hooks;
#[cfg(feature = "napi")]
mod input;
#[cfg(all(feature = "napi", target_os = "linux", target_env = "gnu"))]
mod large_blocks;
#[cfg(feature = "napi")]
mod memory;
#[cfg(feature = "napi")]
mod releasable;
#[cfg(feature = "napi")]
mod semantics;
#[cfg(feature = "napi")]
mod unreachable;
