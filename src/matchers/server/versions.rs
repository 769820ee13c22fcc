//! Versions: strictly semver, after a leading `v`, spaces and leading zeros are gone and missing parts are filled up.

use semver::{Version, VersionReq};
use serde_json::Value;

use super::answer::Answer;
use super::texts::text;

/// One of the `semver_` operators with the filter's version.
#[derive(Debug)]
pub enum VersionTest {
    /// An order of versions, build metadata included.
    Order(fn(&Version, &Version) -> bool, Version),
    /// A range of versions.
    Range(VersionReq),
    /// The filter's value is no version.
    Invalid,
}

impl VersionTest {
    /// The test of `semver_<name>`; `None` if there is no such operator.
    pub fn new(name: &str, value: &Value) -> Option<Self> {
        let order: fn(&Version, &Version) -> bool = match name {
            "eq" => Version::eq,
            "neq" => Version::ne,
            "gt" => Version::gt,
            "gte" => Version::ge,
            "lt" => Version::lt,
            "lte" => Version::le,
            "tilde" => return Some(Self::range(filled_up(value), '~')),
            "caret" => return Some(Self::range(filled_up(value), '^')),
            "wildcard" => {
                let requirement = requirement(value);
                return Some(requirement.map_or(Self::Invalid, Self::Range));
            }
            _ => return None,
        };
        Some(version(value).map_or(Self::Invalid, |version| Self::Order(order, version)))
    }

    fn range(text: Option<String>, sign: char) -> Self {
        let range = text.and_then(|text| VersionReq::parse(&format!("{sign}{text}")).ok());
        range.map_or(Self::Invalid, Self::Range)
    }

    /// Whether a property's value passes.
    pub fn matches(&self, value: &Value) -> Answer {
        match (self, version(value)) {
            (Self::Invalid, _) => Answer::Error,
            (_, None) => Answer::No,
            (Self::Order(order, filter), Some(version)) => order(&version, filter).into(),
            (Self::Range(range), Some(version)) => range.matches(&version).into(),
        }
    }
}

/// The text without one leading `v` and without spaces at both ends.
fn trimmed(text: &str) -> &str {
    text.strip_prefix('v').unwrap_or(text).trim()
}

/// A part without its leading zeros, if it is all digits.
fn without_zeros(part: &str) -> &str {
    if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return part;
    }
    match part.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    }
}

fn version(value: &Value) -> Option<Version> {
    Version::parse(&filled_up(value)?).ok()
}

/// The numbers of a version, which dots part, without their leading zeros, and what follows on them.
struct Parts {
    numbers: Vec<String>,
    suffix: String,
}

impl Parts {
    /// Nothing if the value has no text that may be a version.
    fn of(value: &Value) -> Option<Self> {
        if !matches!(value, Value::String(_) | Value::Number(_)) {
            return None;
        }
        let text = text(value)?;
        let text = trimmed(&text);
        let end = text.find(['-', '+']).unwrap_or(text.len());
        let (numbers, suffix) = text.split_at(end);
        let numbers = numbers.split('.').map(without_zeros);
        Some(Self {
            numbers: numbers.map(str::to_owned).collect(),
            suffix: suffix.to_owned(),
        })
    }

    fn join(&self) -> String {
        format!("{}{}", self.numbers.join("."), self.suffix)
    }
}

/// The text of a version with three parts.
fn filled_up(value: &Value) -> Option<String> {
    let mut parts = Parts::of(value)?;
    while parts.numbers.len() < 3 {
        parts.numbers.push("0".to_owned());
    }
    Some(parts.join())
}

fn requirement(value: &Value) -> Option<VersionReq> {
    let text = Parts::of(value)?.join();
    if text.is_empty() {
        return None;
    }
    VersionReq::parse(&text.replace('*', "x")).ok()
}
