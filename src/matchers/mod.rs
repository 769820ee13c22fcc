//! What one filter tests, and the rules for absent and null values that all operators share.
//!
//! Mirrors posthog-node's `matchFeatureFlagProperty`. Everything that depends on the filter alone is worked out by
//! [`compile`]; [`Matcher::matches`] looks at the value.

mod date;
mod equality;
mod numeric;
mod regex;
mod semver;
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
            | Self::Unknown => 0,
        }
    }

    fn null_rule(&self) -> NullRule {
        match self {
            Self::Equality(_) | Self::Substring(_) | Self::Regex(_) => NullRule::IsText,
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
            Self::NoText(_) => Err(Fallback::thrown(NO_TEXT)),
            Self::IsSet | Self::IsNotSet | Self::Unknown => Err(Fallback::UNSUPPORTED),
        }
    }
}

/// What is wrong with a filter value or an operator that is an object with a `toString` of its own.
pub const NO_TEXT: &str =
    "a filter value or operator with a `toString` field cannot be converted to text";

/// The operator a filter names: posthog-node's `property.operator || 'exact'`. `None` if it is no text.
fn operator_name(operator: Option<&Json>) -> Option<&str> {
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
        | "not_ends_with" => Substring::compile(operator, value)
            .map_or(Matcher::NoText(NullRule::IsText), Matcher::Substring),
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
pub(crate) mod testing {
    use super::*;
    use crate::js::exotic::{Aspect, Described, Exotic};
    use crate::js::host::FixedHost;
    use crate::js::text::Placement;
    use crate::js::value::{LongText, ReadText};

    /// 2024-03-31T12:00:00Z.
    pub const HOST: FixedHost = FixedHost {
        now_ms: 1_711_886_400_000.0,
    };

    pub fn json(document: &str) -> Json {
        Json::parse(document.as_bytes()).unwrap()
    }

    /// An empty object, but for what `change` makes of it.
    pub fn exotic(change: impl FnOnce(&mut Described)) -> Exotic {
        let mut described = Described {
            text: Ok("[object Object]".into()),
            template: Ok("[object Object]".into()),
            canonical: Aspect::Is("{}".into()),
            representable: Aspect::Is(()),
            truthy: Ok(false),
            date: Ok(None),
            unreadable: None,
        };
        change(&mut described);
        Exotic::new(described)
    }

    /// A text that is read when it is asked for, of at least a thousand characters.
    pub fn long_text(text: &str) -> LongText {
        LongText::new(Given(text.to_owned()))
    }

    #[derive(Debug)]
    struct Given(String);

    impl ReadText for Given {
        fn start(&self, count: usize) -> String {
            self.0.chars().take(count / 2).collect()
        }

        fn whole(&self) -> String {
            self.0.clone()
        }

        fn time(&self) -> f64 {
            HOST.parse_date(&self.0)
        }

        fn holds(&self, _needle: &str, _placement: Placement) -> Option<bool> {
            None
        }
    }

    /// Matches a value against a filter given as JSON text.
    pub fn check(operator: &str, filter: &str, value: Value<'_>) -> Result<bool, Fallback> {
        let operator = Json::String(operator.into());
        compile(Some(&operator), Some(&json(filter)), None).matches(value, &HOST)
    }
}

#[cfg(test)]
mod tests {
    use super::testing::*;
    use super::*;
    use crate::js::text::Placement;
    use crate::js::value::{LongText, ReadText};

    #[derive(Debug)]
    struct Unreadable;

    impl ReadText for Unreadable {
        fn start(&self, _count: usize) -> String {
            panic!("the start is read")
        }

        fn whole(&self) -> String {
            panic!("the text is read")
        }

        fn time(&self) -> f64 {
            panic!("the time is read")
        }

        fn holds(&self, _needle: &str, _placement: Placement) -> Option<bool> {
            panic!("the text is searched")
        }
    }

    #[test]
    fn a_long_text_is_not_read_to_see_that_it_is_there() {
        let unread = || LongText::new(Unreadable);
        assert_eq!(check("is_set", "null", Value::Long(&unread())), Ok(true));
        let is_not_set = check("is_not_set", "null", Value::Long(&unread()));
        assert_eq!(is_not_set, Ok(false));
        // A number of a filter is told by the server alone from another way to write it.
        let number = check("exact", "5", Value::Long(&unread()));
        assert_eq!(number, Err(Fallback::UNSUPPORTED));
        let unknown = check("no_such_operator", "1", Value::Long(&unread()));
        assert_eq!(unknown, Err(Fallback::UNSUPPORTED));
    }

    #[test]
    fn a_long_text_passes_like_one_that_was_read() {
        let long = format!("Ünd{}", "x".repeat(5000));
        for (operator, filter) in [
            ("exact", "\"x\""),
            ("is_not", "true"),
            ("icontains", "\"NDX\""),
            ("starts_with", "\"Ünd\""),
            ("regex", "\"x\""),
            ("regex", "\"\""),
            ("is_date_after", "\"2024-01-01\""),
        ] {
            let unread = long_text(&long);
            let expected = check(operator, filter, Value::Text(&long));
            assert_eq!(
                check(operator, filter, Value::Long(&unread)),
                expected,
                "{operator}"
            );
        }
    }

    #[test]
    fn a_missing_property_is_inconclusive_for_every_operator() {
        for operator in [
            "exact",
            "is_not",
            "is_set",
            "is_not_set",
            "regex",
            "gt",
            "is_date_after",
            "semver_eq",
        ] {
            assert_eq!(
                check(operator, "\"1\"", Value::Missing),
                Err(Fallback::MISSING_CONTEXT),
                "{operator}"
            );
        }
    }

    #[test]
    fn an_undefined_property_is_set_but_unsupported_elsewhere() {
        assert_eq!(check("is_set", "null", Value::Undefined), Ok(true));
        assert_eq!(check("is_not_set", "null", Value::Undefined), Ok(false));
        assert_eq!(
            check("exact", "\"x\"", Value::Undefined),
            Err(Fallback::UNSUPPORTED)
        );
    }

    #[test]
    fn null_is_a_text_for_text_operators_and_no_match_for_the_rest() {
        assert_eq!(check("exact", "\"NULL\"", Value::Null), Ok(true));
        assert_eq!(check("icontains", "\"ul\"", Value::Null), Ok(true));
        assert_eq!(check("gt", "1", Value::Null), Ok(false));
        assert_eq!(check("no_such_operator", "1", Value::Null), Ok(false));
    }

    #[test]
    fn an_absent_operator_is_exact_and_an_unknown_one_needs_the_server() {
        let text = json("\"x\"");
        let matcher = compile(None, Some(&text), None);
        assert_eq!(matcher.matches(Value::Text("X"), &HOST), Ok(true));
        assert_eq!(
            check("between", "[1,2]", Value::Number(1.5)),
            Err(Fallback::UNSUPPORTED)
        );
    }

    #[test]
    fn a_filter_value_without_a_text_throws_where_the_property_is_looked_at() {
        let no_text = "{\"toString\":1}";
        let thrown = Err(Fallback::thrown(NO_TEXT));
        for operator in ["icontains", "ends_with", "regex", "not_regex"] {
            assert_eq!(check(operator, no_text, Value::Null), thrown, "{operator}");
            assert_eq!(
                check(operator, no_text, Value::Text("x")),
                thrown,
                "{operator}"
            );
        }
        for operator in ["gt", "is_date_before", "semver_eq"] {
            assert_eq!(
                check(operator, no_text, Value::Null),
                Ok(false),
                "{operator}"
            );
            assert_eq!(
                check(operator, no_text, Value::Text("x")),
                thrown,
                "{operator}"
            );
        }
    }

    #[test]
    fn whether_a_filter_can_be_used_is_known_without_a_property() {
        let supported =
            |operator: &str, value: &str| support(Some(&json(operator)), Some(&json(value)));
        let no_text = Support::Throws(NO_TEXT.into());
        for (operator, value, expected) in [
            ("\"exact\"", "\"x\"", Support::Supported),
            ("\"exact\"", "5", Support::Unsupported),
            ("\"is_not\"", "5", Support::Unsupported),
            ("\"is_set\"", "5", Support::Supported),
            ("\"not_icontains\"", "5", Support::Supported),
            ("\"lte\"", "5", Support::Supported),
            ("\"regex\"", "\"(?=x)\"", Support::Supported),
            ("\"is_date_after\"", "true", Support::Unsupported),
            ("\"is_date_after\"", "\"-1d\"", Support::Supported),
            ("\"is_date_before\"", "\"2024-03-31\"", Support::Supported),
            (
                "\"is_date_before\"",
                "\"today\"",
                Support::IfDate("today".into()),
            ),
            ("\"is_date_before\"", "{\"toString\":1}", no_text.clone()),
            ("\"semver_eq\"", "\"1.2\"", Support::Supported),
            ("\"semver_eq\"", "\"x\"", Support::Unsupported),
            ("\"semver_eq\"", "{\"toString\":1}", no_text),
            ("\"between\"", "5", Support::Unsupported),
            ("\"semver_between\"", "5", Support::Unsupported),
            ("5", "5", Support::Unsupported),
            (
                "{\"toString\":1}",
                "5",
                Support::Throws("expected an operator to be a string".into()),
            ),
        ] {
            assert_eq!(supported(operator, value), expected, "{operator} {value}");
        }
        assert_eq!(support(None, None), Support::Unsupported, "an absent value");
    }
}
