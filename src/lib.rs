//! Local evaluation of PostHog feature flags, with posthog-node's answers.
#![cfg_attr(not(feature = "napi"), forbid(unsafe_code))]

#[cfg(feature = "napi")]
mod binding;
pub mod compile;
