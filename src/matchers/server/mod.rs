//! What one filter tests as PostHog's server decides it. The rules are those of the server's property matching: numbers, texts,
//! dates, versions and patterns are read as Rust reads them, where posthog-node reads them as JavaScript does.

mod answer;
pub mod dates;
mod numbers;
mod pattern;
mod texts;
mod versions;
pub mod zones;

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

pub use answer::Answer;
pub use pattern::PatternBudget;
pub use texts::text;

use dates::{Clock, DateOperator, DateTest};
use numbers::{Range, RangeError, number};
use pattern::{Found, Pattern};
use texts::TextTest;
use versions::VersionTest;

/// A filter that the server reads with its own operators.
#[derive(Debug)]
pub struct ServerTest {
    kind: Kind,
    meaning: u64,
}

#[derive(Debug)]
enum Kind {
    IsSet,
    IsNotSet,
    /// Never matches, whatever the property: a filter without a value, or an operator of other filters.
    Never,
    /// The server reports an error, whatever the property.
    Invalid,
    Text {
        test: TextTest,
        negated: bool,
    },
    Pattern {
        pattern: Pattern,
        negated: bool,
    },
    Compare {
        filter: Option<f64>,
        compare: fn(&f64, &f64) -> bool,
    },
    Between {
        range: Result<Range, RangeError>,
        negated: bool,
    },
    Version(VersionTest),
    Date(DateTest),
    /// The text of the filter's value is not known here.
    Open {
        negated: bool,
    },
}

/// The operator is one that this version does not know: the flag stays open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownOperator;

impl ServerTest {
    /// Prepares a filter. The document's `property_matching_version` is 2, or it is not.
    pub fn compile(
        operator: Option<&Value>,
        value: Option<&Value>,
        is_version_2: bool,
        budget: &mut PatternBudget,
    ) -> Result<Self, UnknownOperator> {
        let operator = match operator {
            None | Some(Value::Null) => "exact",
            Some(Value::String(operator)) => operator,
            Some(_) => return Err(UnknownOperator),
        };
        if !is_known(operator) {
            return Err(UnknownOperator);
        }
        let value = value.filter(|value| !value.is_null());
        let kind = match (operator, value) {
            ("is_set", _) => Kind::IsSet,
            ("is_not_set", _) => Kind::IsNotSet,
            (_, None) => Kind::Never,
            (operator, Some(value)) => prepare(operator, value, is_version_2, budget),
        };
        // Nothing else asks for the version.
        let is_version_2 = is_version_2 && matches!(operator, "exact" | "is_not");
        let value = value.map(Value::to_string);
        let mut meaning = DefaultHasher::new();
        (operator, value, is_version_2).hash(&mut meaning);
        Ok(Self {
            kind,
            meaning: meaning.finish(),
        })
    }

    /// What it tests, as a number that can be compared.
    pub fn meaning(&self) -> u64 {
        self.meaning
    }

    /// Whether it passes that all properties are known, and this is not among them.
    pub fn absent(&self) -> Answer {
        match &self.kind {
            Kind::IsNotSet => Answer::Yes,
            Kind::Text { negated, .. } | Kind::Pattern { negated, .. } | Kind::Open { negated } => {
                (*negated).into()
            }
            Kind::Between { range: Err(_), .. } | Kind::Invalid => Answer::Error,
            Kind::Between { negated, .. } => (*negated).into(),
            _ => Answer::No,
        }
    }

    /// Whether the value of the property passes.
    pub fn matches(&self, value: &Value, clock: &Clock<'_>) -> Answer {
        match &self.kind {
            Kind::IsSet => Answer::Yes,
            Kind::IsNotSet | Kind::Never => Answer::No,
            Kind::Invalid => Answer::Error,
            Kind::Open { .. } => Answer::Open,
            Kind::Text { test, negated } => match test.matches(value) {
                Some(found) => (found != *negated).into(),
                None => Answer::Open,
            },
            Kind::Pattern { pattern, negated } => match text(value) {
                None => Answer::Open,
                Some(text) => match pattern.find(&text) {
                    Found::Yes => (!negated).into(),
                    Found::No => (*negated).into(),
                    Found::BadPattern => Answer::No,
                    Found::OverBudget => Answer::Error,
                    Found::Open => Answer::Open,
                },
            },
            Kind::Compare { filter, compare } => match (filter, number(value)) {
                (Some(filter), Some(value)) => compare(&value, filter).into(),
                _ => Answer::Error,
            },
            Kind::Between { range, negated } => match range {
                Err(RangeError) => Answer::Error,
                Ok(range) => match number(value) {
                    None => (*negated).into(),
                    Some(value) if value.is_nan() => Answer::No,
                    Some(value) => (range.contains(value) != *negated).into(),
                },
            },
            Kind::Version(test) => test.matches(value),
            Kind::Date(test) => test.matches(value, clock),
        }
    }

    /// How many bytes it keeps elsewhere, apart from compiled patterns, which the budget of the document counts.
    pub fn footprint(&self) -> usize {
        match &self.kind {
            Kind::Text { test, .. } => test.footprint(),
            Kind::Pattern { pattern, .. } => pattern.footprint(),
            _ => 0,
        }
    }

    /// Whether the answer is the same for every value that is given.
    pub fn asks_nothing(&self) -> bool {
        matches!(
            self.kind,
            Kind::IsSet | Kind::IsNotSet | Kind::Never | Kind::Invalid
        )
    }

    /// Whether nothing matches, given or not.
    pub fn is_never(&self) -> bool {
        matches!(self.kind, Kind::Never | Kind::Invalid)
    }
}

/// All operators of the server. On a property it reports the last three as an error.
const OPERATORS: [&str; 37] = [
    "is_set",
    "is_not_set",
    "exact",
    "is_not",
    "icontains",
    "not_icontains",
    "starts_with",
    "not_starts_with",
    "ends_with",
    "not_ends_with",
    "icontains_multi",
    "not_icontains_multi",
    "regex",
    "not_regex",
    "gt",
    "gte",
    "lt",
    "lte",
    "min",
    "max",
    "between",
    "not_between",
    "semver_eq",
    "semver_neq",
    "semver_gt",
    "semver_gte",
    "semver_lt",
    "semver_lte",
    "semver_tilde",
    "semver_caret",
    "semver_wildcard",
    "is_date_before",
    "is_date_after",
    "is_date_exact",
    "in",
    "not_in",
    "flag_evaluates_to",
];

/// Whether the server knows an operator.
pub fn is_known(operator: &str) -> bool {
    OPERATORS.contains(&operator)
}

/// The test of an operator that the server knows.
fn prepare(operator: &str, value: &Value, is_version_2: bool, budget: &mut PatternBudget) -> Kind {
    let (plain, negated) = match operator {
        "is_not" => ("exact", true),
        "not_in" => ("in", false),
        other => match other.strip_prefix("not_") {
            Some(plain) => (plain, true),
            None => (other, false),
        },
    };
    let compare = |compare: fn(&f64, &f64) -> bool| Kind::Compare {
        filter: number(value),
        compare,
    };
    let date = |operator: DateOperator| Kind::Date(DateTest::new(operator, value));
    let test = match plain {
        "exact" => TextTest::exact(value, is_version_2),
        "icontains" => TextTest::contains(value),
        "starts_with" => TextTest::starts(value),
        "ends_with" => TextTest::ends(value),
        "icontains_multi" => TextTest::contains_any(value),
        "regex" => match text(value) {
            Some(text) => {
                let pattern = Pattern::compile(&text, budget);
                return Kind::Pattern { pattern, negated };
            }
            None => None,
        },
        "between" => {
            let range = Range::read(value);
            return Kind::Between { range, negated };
        }
        "gt" => return compare(f64::gt),
        "gte" | "min" => return compare(f64::ge),
        "lt" => return compare(f64::lt),
        "lte" | "max" => return compare(f64::le),
        "is_date_before" => return date(DateOperator::Before),
        "is_date_after" => return date(DateOperator::After),
        "is_date_exact" => return date(DateOperator::Exact),
        other => {
            let name = other.strip_prefix("semver_");
            let test = name.and_then(|name| VersionTest::new(name, value));
            // The other operators are not for properties.
            return test.map_or(Kind::Invalid, Kind::Version);
        }
    };
    match test {
        Some(test) => Kind::Text { test, negated },
        None => Kind::Open { negated },
    }
}

#[cfg(test)]
#[path = "vectors_tests.rs"]
mod vectors;

#[cfg(test)]
#[path = "footprint_tests.rs"]
mod footprints;
