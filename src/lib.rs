//! Local evaluation of PostHog feature flags, with posthog-node's answers to the last bit.
//!
//! Data flows one way, and the modules stand in its order:
//!
//! - [`js`] is JavaScript as the engine imitates it: JSON, texts, conversions, the values of a call, and the few questions that
//!   only JavaScript itself can answer;
//! - [`compile`] turns a definitions document, once, into [`compiled`] definitions, with [`matchers`] ready for every filter,
//!   and into a description for JavaScript;
//! - [`copies`] has one compiled copy of a document for all clients of the process;
//! - [`evaluate`] answers a call, with [`hashing`] for rollouts; an answer is an [`outcome`]. Its files have the names of those
//!   of [`compile`] that prepare the same matter; the two meet in [`compiled`] alone, and never import from each other;
//! - [`poller`] keeps definitions up to date, over a [`transport`] and with the user's cache [provider](poller::provider);
//! - [`panics`] is where a bug in any of these ends.
//!
//! A *flag* is a feature flag. A *condition* is one branch of its targeting, a *filter* one test of a condition. A *group*
//! is a group of people, such as a company; a *cohort* a named set of people given by filters. A *snapshot* is one set of
//! compiled definitions.
//!
//! Files import from those below them, never in a circle, and nothing imports from [`binding`], which alone knows of Node:
//! `__test__/tools/docs/core-imports.test.mjs` checks both. Without the feature `napi` there is next to nothing of the binding.
#![deny(unsafe_code)]

#[allow(unsafe_code)]
pub mod binding;
pub mod compile;
pub mod compiled;
pub mod copies;
pub mod evaluate;
pub mod footprint;
pub mod hashing;
pub mod js;
pub mod matchers;
pub mod outcome;
pub mod panics;
pub mod poller;
#[cfg(test)]
mod testing;
pub mod transport;
