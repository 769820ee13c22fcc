//! What one filter tests, and the rules for absent and null values that all operators share.
//!
//! Mirrors posthog-node's `matchFeatureFlagProperty`. Everything that depends on the filter alone is worked out by
//! [`compile`]; [`Matcher::matches`] looks at the value.

mod date;
mod equality;
mod numeric;
mod regex;
mod semver;
pub mod server;
mod substring;
mod support;

pub use date::DateTest;
pub use equality::Equality;
pub use numeric::Comparison;
pub use regex::{RegexBudget, RegexTest};
pub use semver::SemverTest;
pub use substring::Substring;
pub use support::Support;

use crate::js;
use crate::js::host::Host;
use crate::js::json::Json;
use crate::js::value::Value;
use crate::outcome::Fallback;

/// A filter's operator and value, ready to test values with.
#[derive(Debug)]
pub enum Matcher {
    /// `is_set`.
    IsSet,
    /// `is_not_set`.
    IsNotSet,
    /// `exact`, `is_not`.
    Equality(Equality),
    /// `icontains`, `starts_with`, `ends_with` and their negations.
    Substring(Substring),
    /// `regex`, `not_regex`.
    Regex(RegexTest),
    /// `gt`, `gte`, `lt`, `lte`.
    Comparison(Comparison),
    /// `is_date_before`, `is_date_after`.
    Date(DateTest),
    /// `semver_*`.
    Semver(SemverTest),
    /// An operator on a filter value that has no text, or one that has none itself.
    NoText(NullRule),
    /// `icontains` and its kin on a filter value that has no text. Only these make a text of the property first.
    NoNeedle,
    /// An operator that posthog-node does not know.
    Unknown,
}

/// What an operator makes of a null property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NullRule {
    /// It is the text `null`.
    IsText,
    /// It never matches.
    NeverMatches,
}

impl Matcher {
    /// How many bytes it keeps elsewhere; patterns are counted by their budget.
    pub fn footprint(&self) -> usize {
        match self {
            Self::Equality(test) => test.footprint(),
            Self::Substring(test) => test.footprint(),
            Self::Comparison(test) => test.footprint(),
            Self::Date(test) => test.footprint(),
            Self::Regex(_)
            | Self::Semver(_)
            | Self::IsSet
            | Self::IsNotSet
            | Self::NoText(_)
            | Self::NoNeedle
            | Self::Unknown => 0,
        }
    }

    fn null_rule(&self) -> NullRule {
        match self {
            Self::Equality(_) | Self::Substring(_) | Self::Regex(_) | Self::NoNeedle => {
                NullRule::IsText
            }
            Self::NoText(rule) => *rule,
            _ => NullRule::NeverMatches,
        }
    }

    /// Whether the value passes. A missing property is inconclusive for every operator: the properties a call brings
    /// are not all that PostHog knows.
    pub fn matches(&self, value: Value<'_>, host: &dyn Host) -> Result<bool, Fallback> {
        match (self, value) {
            (_, Value::Missing) => return Err(Fallback::MISSING_CONTEXT),
            (Self::IsNotSet, _) => return Ok(false),
            (Self::IsSet, _) => return Ok(true),
            (_, Value::Undefined) => return Err(Fallback::UNSUPPORTED),
            (_, Value::Null) if self.null_rule() == NullRule::NeverMatches => return Ok(false),
            _ => {}
        }
        match self {
            Self::Equality(test) => test.matches(value, host),
            Self::Substring(test) => test.matches(value),
            Self::Regex(test) => test.matches(value),
            Self::Comparison(test) => test.matches(value),
            Self::Date(test) => test.matches(value, host),
            Self::Semver(test) => test.matches(value),
            Self::NoNeedle => {
                value.to_text()?;
                Err(Fallback::thrown(NO_TEXT))
            }
            Self::NoText(_) => Err(Fallback::thrown(NO_TEXT)),
            Self::IsSet | Self::IsNotSet | Self::Unknown => Err(Fallback::UNSUPPORTED),
        }
    }
}

/// The message for a filter value or an operator that is an object with a field `toString`.
pub const NO_TEXT: &str =
    "a filter value or operator with a `toString` field cannot be converted to text";

/// The operator a filter names: posthog-node's `property.operator || 'exact'`. `None` if it is no text.
fn operator_name<'a>(operator: Option<&'a Json<'a>>) -> Option<&'a str> {
    match operator {
        falsy if !js::truthy(falsy) => Some("exact"),
        Some(Json::String(operator)) => Some(operator),
        _ => None,
    }
}

/// Prepares a filter. `operator` and `value` are as stored; `version` is the document's `property_matching_version`.
pub fn compile(operator: Option<&Json>, value: Option<&Json>, version: Option<&Json>) -> Matcher {
    compile_within(operator, value, version, &mut RegexBudget::default())
}

/// Prepares one filter of many, which share a budget.
pub fn compile_within(
    operator: Option<&Json>,
    value: Option<&Json>,
    version: Option<&Json>,
    budget: &mut RegexBudget,
) -> Matcher {
    let Some(operator) = operator_name(operator) else {
        return match js::to_text(operator) {
            Ok(_) => Matcher::Unknown,
            Err(_) => Matcher::NoText(NullRule::NeverMatches),
        };
    };
    match operator {
        "exact" | "is_not" => {
            Matcher::Equality(Equality::compile(value, version, operator == "is_not"))
        }
        "is_set" => Matcher::IsSet,
        "is_not_set" => Matcher::IsNotSet,
        "icontains" | "not_icontains" | "starts_with" | "not_starts_with" | "ends_with"
        | "not_ends_with" => {
            Substring::compile(operator, value).map_or(Matcher::NoNeedle, Matcher::Substring)
        }
        "regex" | "not_regex" => {
            let test = RegexTest::compile(value, operator == "not_regex", budget);
            test.map_or(Matcher::NoText(NullRule::IsText), Matcher::Regex)
        }
        "gt" | "gte" | "lt" | "lte" => Comparison::compile(operator, value)
            .map_or(Matcher::NoText(NullRule::NeverMatches), Matcher::Comparison),
        "is_date_after" | "is_date_before" => {
            let test = DateTest::compile(value, operator == "is_date_before");
            test.map_or(Matcher::NoText(NullRule::NeverMatches), Matcher::Date)
        }
        _ => match SemverTest::compile(operator, value) {
            None => Matcher::Unknown,
            Some(test) => test.map_or(Matcher::NoText(NullRule::NeverMatches), Matcher::Semver),
        },
    }
}

/// Whether a filter can be used at all: posthog-node's `assertFeatureFlagFilterSupported`.
pub fn support(operator: Option<&Json>, value: Option<&Json>) -> Support {
    let supported = |is_supported: bool| {
        if is_supported {
            Support::Supported
        } else {
            Support::Unsupported
        }
    };
    let no_text = |_| Support::Throws(NO_TEXT.into());
    match operator_name(operator) {
        Some("exact" | "is_not") => supported(equality::is_supported(value)),
        Some(
            "is_set" | "is_not_set" | "icontains" | "not_icontains" | "starts_with"
            | "not_starts_with",
        ) => Support::Supported,
        Some(
            "ends_with" | "not_ends_with" | "regex" | "not_regex" | "gt" | "gte" | "lt" | "lte",
        ) => Support::Supported,
        Some("is_date_after" | "is_date_before") => {
            DateTest::compile(value, true).map_or_else(no_text, |test| test.support())
        }
        Some(operator) => match SemverTest::compile(operator, value) {
            None => Support::Unsupported,
            Some(test) => test.map_or_else(no_text, |test| supported(test.is_supported())),
        },
        None if js::to_text(operator).is_err() => {
            Support::Throws("expected an operator to be a string".into())
        }
        None => Support::Unsupported,
    }
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
