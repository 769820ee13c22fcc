//! `semver_*`: versions of up to three numeric parts; pre-release and build are dropped.

use std::cmp::Ordering;

use crate::js;
use crate::js::json::Json;
use crate::js::text;
use crate::js::value::Value;
use crate::outcome::Fallback;

/// Major, minor and patch; doubles, as JavaScript has them.
type Version = [f64; 3];

/// A test of a version.
#[derive(Debug)]
pub enum SemverTest {
    /// `semver_eq`, `_neq`, `_gt`, `_gte`, `_lt`, `_lte`.
    Compare {
        /// The operator without its prefix.
        relation: Relation,
        /// The filter's version.
        version: Version,
    },
    /// `semver_tilde`, `_caret`, `_wildcard`: `lower <= version < upper`.
    Within {
        /// Inclusive.
        lower: Version,
        /// Exclusive.
        upper: Version,
    },
    /// The filter's version is none.
    Unsupported,
}

/// How a version has to compare.
#[derive(Debug, Clone, Copy)]
pub enum Relation {
    /// The same.
    Equal,
    /// Another.
    NotEqual,
    /// Later.
    Greater,
    /// Later or the same.
    GreaterOrEqual,
    /// Earlier.
    Less,
    /// Earlier or the same.
    LessOrEqual,
}

impl SemverTest {
    /// `None` if the operator is no semver operator.
    pub fn compile(operator: &str, value: Option<&Json>) -> Option<Result<Self, js::NoText>> {
        let operator = operator.strip_prefix("semver_")?;
        let relation = match operator {
            "eq" => Some(Relation::Equal),
            "neq" => Some(Relation::NotEqual),
            "gt" => Some(Relation::Greater),
            "gte" => Some(Relation::GreaterOrEqual),
            "lt" => Some(Relation::Less),
            "lte" => Some(Relation::LessOrEqual),
            "tilde" | "caret" | "wildcard" => None,
            _ => return None,
        };
        let filter = match js::to_text(value) {
            Ok(filter) => filter,
            Err(error) => return Some(Err(error)),
        };
        let test = match (relation, operator) {
            (Some(relation), _) => {
                parse(&filter).map(|version| Self::Compare { relation, version })
            }
            (None, "wildcard") => wildcard_bounds(&filter),
            (None, operator) => parse(&filter).map(|lower| {
                let upper = if operator == "tilde" {
                    [lower[0], lower[1] + 1.0, 0.0]
                } else {
                    caret_upper(lower)
                };
                Self::Within { lower, upper }
            }),
        };
        Some(Ok(test.unwrap_or(Self::Unsupported)))
    }

    /// Whether the filter holds a version.
    pub fn is_supported(&self) -> bool {
        !matches!(self, Self::Unsupported)
    }

    /// Whether the value passes.
    pub fn matches(&self, value: Value<'_>) -> Result<bool, Fallback> {
        if !self.is_supported() {
            return Err(Fallback::UNSUPPORTED);
        }
        let version = match value {
            Value::Long(text) if version_ends_in(text.start()) => parse(text.start()),
            value => parse(&value.to_text()?),
        };
        let version = version.ok_or(Fallback::MISSING_CONTEXT)?;
        Ok(match self {
            Self::Compare {
                relation,
                version: filter,
            } => {
                let ordering = compare(version, *filter);
                match relation {
                    Relation::Equal => ordering.is_eq(),
                    Relation::NotEqual => ordering.is_ne(),
                    Relation::Greater => ordering.is_gt(),
                    Relation::GreaterOrEqual => ordering.is_ge(),
                    Relation::Less => ordering.is_lt(),
                    Relation::LessOrEqual => ordering.is_le(),
                }
            }
            Self::Within { lower, upper } => {
                compare(version, *lower).is_ge() && compare(version, *upper).is_lt()
            }
            Self::Unsupported => false,
        })
    }
}

fn compare(left: Version, right: Version) -> Ordering {
    left.iter()
        .zip(&right)
        .map(|(left, right)| left.total_cmp(right))
        .find(|ordering| ordering.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// posthog-node's `parseFeatureFlagSemver` under its strict policy.
fn parse(version: &str) -> Option<Version> {
    let version = without_v(version);
    let base = version.split('-').next()?.split('+').next()?;
    if base.is_empty() || base.starts_with('.') {
        return None;
    }
    let mut parsed = [0.0; 3];
    for (place, part) in parsed.iter_mut().zip(base.split('.')) {
        if !part.is_empty() {
            *place = numeric_part(part)?;
        }
    }
    Some(parsed)
}

/// Whether the start of a long text decides which version it is: a character in it ends the version, or makes it no version.
fn version_ends_in(start: &str) -> bool {
    without_v(start).contains(|character: char| !character.is_ascii_digit() && character != '.')
}

fn without_v(version: &str) -> &str {
    let version = text::trim(version);
    version.strip_prefix(['v', 'V']).unwrap_or(version)
}

/// Digits without a leading zero.
fn numeric_part(part: &str) -> Option<f64> {
    let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    (digits && (part.len() == 1 || !part.starts_with('0')))
        .then(|| part.parse().ok())
        .flatten()
}

fn caret_upper([major, minor, patch]: Version) -> Version {
    if major > 0.0 {
        [major + 1.0, 0.0, 0.0]
    } else if minor > 0.0 {
        [0.0, minor + 1.0, 0.0]
    } else {
        [0.0, 0.0, patch + 1.0]
    }
}

fn wildcard_bounds(pattern: &str) -> Option<SemverTest> {
    let pattern = without_v(pattern);
    let pattern = pattern.strip_suffix(".*").unwrap_or(pattern);
    let pattern = pattern.strip_suffix('*').unwrap_or(pattern);
    let mut parts = pattern.split('.');
    let major = numeric_part(parts.next()?)?;
    Some(match parts.next() {
        None => SemverTest::Within {
            lower: [major, 0.0, 0.0],
            upper: [major + 1.0, 0.0, 0.0],
        },
        Some(minor) => {
            let minor = numeric_part(minor)?;
            SemverTest::Within {
                lower: [major, minor, 0.0],
                upper: [major, minor + 1.0, 0.0],
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use crate::js::value::Value;
    use crate::matchers::testing::{check, long_text};
    use crate::outcome::Fallback;

    #[test]
    fn missing_parts_are_zero_and_suffixes_are_dropped() {
        assert_eq!(
            check("semver_eq", "\"1.2\"", Value::Text(" v1.2.0-rc.1+b ")),
            Ok(true)
        );
        assert_eq!(
            check("semver_eq", "\"1..2\"", Value::Text("1.0.2.9")),
            Ok(true)
        );
        assert_eq!(check("semver_gt", "1.5", Value::Number(1.5)), Ok(false));
    }

    #[test]
    fn a_long_text_is_a_version_by_its_start_where_that_decides() {
        for (text, filler) in [
            ("1.2.3-", "x"),
            ("v1.2.3+", "9"),
            (" 1.2.3.x", "."),
            ("1.2.3", " "),
            ("1.2.", "0"),
            ("1.2.3", ".3"),
            ("x", "1"),
            ("", " "),
            ("1.2.3 ", "é"),
            ("1.2.3.4 ", "x "),
            ("1.2 ", "-"),
        ] {
            let long = format!("{text}{}", filler.repeat(5000));
            for operator in ["semver_eq", "semver_gt", "semver_caret"] {
                let unread = long_text(&long);
                assert_eq!(
                    check(operator, "\"1.2.3\"", Value::Long(&unread)),
                    check(operator, "\"1.2.3\"", Value::Text(&long)),
                    "{text}{filler}"
                );
            }
        }
    }

    #[test]
    fn ranges_exclude_their_upper_bound() {
        assert_eq!(
            check("semver_tilde", "\"1.2.3\"", Value::Text("1.3.0")),
            Ok(false)
        );
        assert_eq!(
            check("semver_caret", "\"0.2.3\"", Value::Text("0.2.9")),
            Ok(true)
        );
        assert_eq!(
            check("semver_caret", "\"0.0.3\"", Value::Text("0.0.4")),
            Ok(false)
        );
        assert_eq!(
            check("semver_wildcard", "\"1.2.*\"", Value::Text("1.2.99")),
            Ok(true)
        );
        assert_eq!(
            check("semver_wildcard", "\"1*\"", Value::Text("2.0.0")),
            Ok(false)
        );
    }

    #[test]
    fn a_bad_filter_outranks_a_bad_value() {
        assert_eq!(
            check("semver_gt", "\"01.2\"", Value::Text("x")),
            Err(Fallback::UNSUPPORTED)
        );
        assert_eq!(
            check("semver_gt", "\"1.2\"", Value::Text("01")),
            Err(Fallback::MISSING_CONTEXT)
        );
        assert_eq!(
            check("semver_wildcard", "\"*\"", Value::Text("1")),
            Err(Fallback::UNSUPPORTED)
        );
    }

    #[test]
    fn each_operator_draws_the_line_where_its_name_says() {
        for (operator, earlier, same, later) in [
            ("semver_eq", false, true, false),
            ("semver_neq", true, false, true),
            ("semver_gt", false, false, true),
            ("semver_gte", false, true, true),
            ("semver_lt", true, false, false),
            ("semver_lte", true, true, false),
        ] {
            for (version, expected) in [
                ("1.2.2", earlier),
                ("1.1.9", earlier),
                ("0.9.9", earlier),
                ("1.2.3", same),
                ("1.2.10", later),
                ("1.10.0", later),
                ("2.0.0", later),
            ] {
                assert_eq!(
                    check(operator, "\"1.2.3\"", Value::Text(version)),
                    Ok(expected),
                    "{operator} {version}"
                );
            }
        }
    }

    #[test]
    fn ranges_hold_what_their_operator_promises() {
        for (operator, filter, inside, outside) in [
            ("tilde", "1.2.3", ["1.2.3", "1.2.99"], ["1.2.2", "1.3.0"]),
            ("tilde", "0.0.1", ["0.0.1", "0.0.9"], ["0.0.0", "0.1.0"]),
            ("caret", "1.2.3", ["1.2.3", "1.99.0"], ["1.2.2", "2.0.0"]),
            ("caret", "0.2.3", ["0.2.3", "0.2.99"], ["0.2.2", "0.3.0"]),
            ("caret", "0.0.3", ["0.0.3", "0.0.3.9"], ["0.0.2", "0.0.4"]),
            ("caret", "0.0.0", ["0.0.0", "0"], ["0.0.1", "0.1.0"]),
            ("wildcard", "1.*", ["1.0.0", "1.99.9"], ["0.9.9", "2.0.0"]),
            ("wildcard", "1", ["1.0.0", "1.99.9"], ["0.9.9", "2.0.0"]),
            ("wildcard", "1.2.*", ["1.2.0", "1.2.9"], ["1.1.9", "1.3.0"]),
            ("wildcard", "v1.2.3", ["1.2.0", "1.2.9"], ["1.1.9", "1.3.0"]),
        ] {
            let operator = format!("semver_{operator}");
            let filter = format!("\"{filter}\"");
            for (versions, expected) in [(inside, true), (outside, false)] {
                for version in versions {
                    let result = check(&operator, &filter, Value::Text(version));
                    assert_eq!(result, Ok(expected), "{operator} {filter} {version}");
                }
            }
        }
    }

    #[test]
    fn a_version_is_digits_without_leading_zeros_between_dots() {
        for version in [
            "", "x", ".1", "01", "1.02", "1.2.x", "1.2.3a", "-1", "+1", "1. 2", "1e3", "1.*",
        ] {
            assert_eq!(
                check("semver_gte", "\"0\"", Value::Text(version)),
                Err(Fallback::MISSING_CONTEXT),
                "{version}"
            );
        }
        for version in ["0", "10", "V1.0", "v1", "1.", "1-01", "1+x", "\u{feff}1"] {
            assert_eq!(
                check("semver_gte", "\"0\"", Value::Text(version)),
                Ok(true),
                "{version}"
            );
        }
        for filter in ["*", "x.*", "01.*", "1.x.*", "1..*", ""] {
            assert_eq!(
                check(
                    "semver_wildcard",
                    &format!("\"{filter}\""),
                    Value::Text("1")
                ),
                Err(Fallback::UNSUPPORTED),
                "{filter}"
            );
        }
    }
}
