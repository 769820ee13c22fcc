//! Local evaluation of PostHog feature flags, with posthog-node's answers to the last bit.
//!
//! Data flows one way, and the modules stand in its order:
//!
//! - [`json`] reads a definitions document; [`js`] and [`text`] hold the JavaScript semantics its values have;
//! - [`compile`] turns it, once, into [`compiled`] definitions, with [`matchers`] ready for every filter, and into a
//!   [`description`] for JavaScript;
//! - [`call`] is what a call brings, as values of [`context`], which also is the little the engine asks of JavaScript;
//! - [`evaluate`] answers, with [`hashing`] for rollouts; an answer is an [`outcome`];
//! - [`poller`] keeps definitions up to date, over a [`transport`] and with the user's cache [`provider`];
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
pub mod call;
pub mod compile;
pub mod compiled;
pub mod context;
pub mod description;
pub mod evaluate;
pub mod footprint;
pub mod hashing;
pub mod js;
pub mod json;
pub mod matchers;
pub mod outcome;
pub mod panics;
pub mod poller;
mod positions;
pub mod provider;
mod retry_after;
#[cfg(test)]
mod testing;
pub mod text;
pub mod transport;
