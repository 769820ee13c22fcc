//! Local evaluation of PostHog feature flags, with posthog-node's answers to the last bit.
//!
//! Data flows one way, and the modules stand in its order:
//!
//! - [`js`] is JavaScript as the engine imitates it: JSON, texts, conversions, the values of a call, and the little that is
//!   asked of JavaScript itself;
//! - [`compile`] turns a definitions document, once, into [`compiled`] definitions, with [`matchers`] ready for every filter,
//!   and into a description for JavaScript;
//! - [`evaluate`] answers a call, with [`hashing`] for rollouts; an answer is an [`outcome`];
//! - [`poller`] keeps definitions up to date, over a [`transport`] and with the user's cache [provider](poller::provider);
//! - [`panics`] is where a bug in any of these ends.
//!
//! A *flag* is a feature flag. A *condition* is one branch of its targeting, a *filter* one test of a condition. A *group*
//! is a group of people, such as a company; a *cohort* a named set of people given by filters. A *snapshot* is one set of
//! compiled definitions.
//!
//! Only [`binding`] knows of Node. Without the feature `napi` there is next to nothing of it.
#![deny(unsafe_code)]

#[allow(unsafe_code)]
pub mod binding;
pub mod compile;
pub mod compiled;
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
