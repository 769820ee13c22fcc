//! `exact` and `is_not`: texts without regard to case, booleans by truth, composites by canonical JSON.
//!
//! Integers are inconclusive: JavaScript cannot tell `5` from `5.0`, and the flags service can.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::OnceLock;

use crate::footprint;
use crate::js::host::Host;
use crate::js::json::{self, Json};
use crate::js::text;
use crate::js::value::Value;
use crate::outcome::Fallback;

/// From this many values on a set is faster than a walk.
const SET_FROM: usize = 9;

/// A test of equality.
#[derive(Debug)]
pub struct Equality {
    target: Target,
    negated: bool,
}

#[derive(Debug)]
enum Target {
    /// Compared by truth: `true`, `"False"`, arrays of such, an empty array.
    Truth(bool),
    /// The filter cannot be compared as text.
    Unsupported,
    /// Compared as text.
    Texts(Texts),
}

/// No text is longer by this factor than another that is the same in lower case: the Kelvin sign has three bytes, its k one.
const MAX_CASE_FACTOR: usize = 4;

#[derive(Debug)]
struct Texts {
    /// Texts in lower case.
    lowered: Lowered,
    /// Texts whose lower case only JavaScript can tell.
    foreign: Foreign,
    /// How many bytes the longest of all these has.
    longest: usize,
    /// The filter is a list, and goes on with a value that cannot be compared.
    ends_unsupported: bool,
    /// Version 2 alone: numbers never equal a boolean-like filter.
    numbers_never_match: bool,
}

/// Texts whose lower case is asked of JavaScript when it is first needed, once for all evaluations.
#[derive(Debug)]
struct Foreign {
    texts: Box<[Box<str>]>,
    lowered: OnceLock<Lowered>,
}

impl Foreign {
    fn new(texts: Vec<Box<str>>) -> Self {
        Self {
            texts: texts.into(),
            lowered: OnceLock::new(),
        }
    }

    fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// How many bytes it keeps elsewhere, with those for the texts in lower case, which it will keep once it has asked.
    fn footprint(&self) -> usize {
        2 * footprint::list(&self.texts, |text| footprint::boxed(&**text))
    }

    /// Whether a text in lower case is among them in lower case.
    fn contains(&self, text: &str, host: &dyn Host) -> bool {
        if self.is_empty() {
            return false;
        }
        if let Some(lowered) = self.lowered.get() {
            return lowered.contains(text);
        }
        let texts = self.texts.iter().map(|text| host.to_lower_case(text));
        let lowered = texts.map(|text| text.map(String::into_boxed_str));
        match lowered.collect::<Option<Vec<_>>>() {
            // Another thread may have been faster; it was told the same.
            Some(texts) => self
                .lowered
                .get_or_init(|| Lowered::new(texts))
                .contains(text),
            // JavaScript's thread is being ended, so nobody will see the result of this evaluation.
            None => false,
        }
    }
}

#[derive(Debug)]
enum Lowered {
    Few(Vec<Box<str>>),
    Many(HashSet<Box<str>>),
}

impl Lowered {
    fn new(texts: Vec<Box<str>>) -> Self {
        if texts.len() < SET_FROM {
            Self::Few(texts)
        } else {
            Self::Many(texts.into_iter().collect())
        }
    }

    /// How many bytes it keeps elsewhere.
    fn footprint(&self) -> usize {
        match self {
            Self::Few(texts) => footprint::list(texts, |text| footprint::boxed(&**text)),
            // A table has a byte for each place beside what stands there.
            Self::Many(texts) => {
                let places = (texts.capacity() * 8 / 7).next_power_of_two();
                footprint::block(places * (size_of::<Box<str>>() + 1))
                    + texts
                        .iter()
                        .map(|text| footprint::boxed(&**text))
                        .sum::<usize>()
            }
        }
    }

    /// Whether an ASCII text is among them in lower case. This is the common case, and needs no memory.
    fn contains_ascii(&self, text: &str) -> bool {
        match self {
            Self::Few(texts) => texts.iter().any(|other| other.eq_ignore_ascii_case(text)),
            Self::Many(texts) => text::fold_ascii(text, |folded| texts.contains(folded)),
        }
    }

    fn contains(&self, text: &str) -> bool {
        match self {
            Self::Few(texts) => texts.iter().any(|candidate| &**candidate == text),
            Self::Many(texts) => texts.contains(text),
        }
    }
}

impl Equality {
    /// How many bytes it keeps elsewhere.
    pub fn footprint(&self) -> usize {
        let Target::Texts(texts) = &self.target else {
            return 0;
        };
        texts.lowered.footprint() + texts.foreign.footprint()
    }

    /// Prepares the test; `version` is the document's `property_matching_version`.
    pub fn compile(value: Option<&Json>, version: Option<&Json>, negated: bool) -> Self {
        Self {
            target: Target::compile(value, version == Some(&Json::Number(2.0))),
            negated,
        }
    }

    /// Whether the value passes.
    pub fn matches(&self, value: Value<'_>, host: &dyn Host) -> Result<bool, Fallback> {
        Ok(self.target.equals(value, host)? != self.negated)
    }
}

impl Target {
    fn compile(value: Option<&Json>, explicit: bool) -> Self {
        let boolean_like = value.is_some_and(is_boolean_like);
        let empty_list = matches!(value, Some(Json::Array(items)) if items.is_empty());
        if (boolean_like && !explicit) || empty_list {
            return Self::Truth(value.is_some_and(is_true_like));
        }
        let (items, is_list) = match value {
            Some(Json::Array(items)) => (items.iter().collect(), true),
            Some(single) => (vec![single], false),
            None => return Self::Unsupported,
        };
        let mut lowered: Vec<Box<str>> = Vec::new();
        let mut foreign: Vec<Box<str>> = Vec::new();
        let mut ends_unsupported = false;
        for item in items {
            let Some(text) = canonical(item) else {
                ends_unsupported = true;
                break;
            };
            match text::to_lower_case(&text) {
                Some(text) => lowered.push(text.into()),
                None => foreign.push(text.as_ref().into()),
            }
        }
        if ends_unsupported && !is_list {
            return Self::Unsupported;
        }
        let texts = lowered.iter().chain(&foreign);
        let longest = texts.map(|text| text.len()).max();
        Self::Texts(Texts {
            lowered: Lowered::new(lowered),
            foreign: Foreign::new(foreign),
            longest: longest.unwrap_or_default(),
            ends_unsupported,
            numbers_never_match: explicit && boolean_like,
        })
    }

    fn equals(&self, value: Value<'_>, host: &dyn Host) -> Result<bool, Fallback> {
        match self {
            Self::Truth(target) => {
                let value = value.whole();
                assert_representable(value)?;
                Ok(*target == is_true(value)?)
            }
            Self::Unsupported => Err(Fallback::UNSUPPORTED),
            Self::Texts(texts) => texts.contain(value.whole(), host),
        }
    }
}

impl Texts {
    fn contain(&self, value: Value<'_>, host: &dyn Host) -> Result<bool, Fallback> {
        if self.numbers_never_match && matches!(value, Value::Number(_)) {
            assert_representable(value)?;
            return Ok(false);
        }
        let text = match exact_text(value) {
            // A filter that cannot be used outranks a value that cannot.
            Err(Fallback::MISSING_CONTEXT) if self.ends_unsupported => {
                return Err(Fallback::UNSUPPORTED);
            }
            text => text?,
        };
        let found = if text.len() / MAX_CASE_FACTOR > self.longest {
            // A text of megabytes is not converted for each flag that compares it with a word.
            false
        } else if text.is_ascii() && self.foreign.is_empty() {
            self.lowered.contains_ascii(&text)
        } else {
            self.contain_lowered(&text, host)
        };
        match !found && self.ends_unsupported {
            true => Err(Fallback::UNSUPPORTED),
            false => Ok(found),
        }
    }

    fn contain_lowered(&self, text: &str, host: &dyn Host) -> bool {
        let settled = text::to_lower_case(text);
        let Some(lowered) = settled.or_else(|| host.to_lower_case(text).map(Cow::Owned)) else {
            return false;
        };
        self.lowered.contains(&lowered) || self.foreign.contains(&lowered, host)
    }
}

/// Whether posthog-node can compare every item of the filter.
pub fn is_supported(value: Option<&Json>) -> bool {
    match value {
        None => false,
        Some(Json::Array(items)) => items.iter().all(|item| canonical(item).is_some()),
        Some(single) => canonical(single).is_some(),
    }
}

/// posthog-node's `isTruthyOrFalsyPropertyValue`.
fn is_boolean_like(value: &Json) -> bool {
    match value {
        Json::Bool(_) => true,
        Json::String(text) => {
            text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
        }
        Json::Array(items) => items.iter().all(is_boolean_like),
        _ => false,
    }
}

/// posthog-node's `isTruthyPropertyValue`, of a filter.
fn is_true_like(value: &Json) -> bool {
    match value {
        Json::Bool(value) => *value,
        Json::String(text) => text.eq_ignore_ascii_case("true"),
        Json::Array(items) => items.iter().all(is_true_like),
        _ => false,
    }
}

/// posthog-node's `isTruthyPropertyValue`, of a property.
fn is_true(value: Value<'_>) -> Result<bool, Fallback> {
    match value {
        Value::Bool(value) => Ok(value),
        Value::Text(text) => Ok(text.eq_ignore_ascii_case("true")),
        Value::Exotic(exotic) => exotic.truthy(),
        _ => Ok(false),
    }
}

/// posthog-node's `assertJsonRepresentable`, of a property.
fn assert_representable(value: Value<'_>) -> Result<(), Fallback> {
    match value {
        Value::Number(number) if !number.is_finite() => Err(Fallback::MISSING_CONTEXT),
        Value::IllFormed(_) => Err(Fallback::MISSING_CONTEXT),
        Value::Exotic(exotic) => exotic.assert_representable(),
        _ => Ok(()),
    }
}

/// posthog-node's `exactMatchString`, of a property.
fn exact_text(value: Value<'_>) -> Result<Cow<'_, str>, Fallback> {
    match value {
        Value::IllFormed(_) => Err(Fallback::MISSING_CONTEXT),
        Value::Number(number) if !number.is_finite() || number.fract() == 0.0 => {
            Err(Fallback::MISSING_CONTEXT)
        }
        Value::Exotic(exotic) => exotic.canonical().map(Cow::Borrowed),
        other => other.to_text(),
    }
}

/// posthog-node's `exactMatchString`, of a filter: a string as it is, anything else as canonical JSON.
fn canonical<'a>(value: &'a Json<'_>) -> Option<Cow<'a, str>> {
    match value {
        Json::String(text) => (!text::has_lone_surrogate(text)).then_some(Cow::Borrowed(text)),
        other => {
            let mut out = String::new();
            write_canonical(other, &mut out)?;
            Some(Cow::Owned(out))
        }
    }
}

/// JSON with keys in order of code points; `None` if it holds an integer or a lone surrogate.
fn write_canonical(value: &Json, out: &mut String) -> Option<()> {
    match value {
        Json::Number(number) if number.fract() == 0.0 || !number.is_finite() => return None,
        Json::String(text) if text::has_lone_surrogate(text) => return None,
        Json::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_canonical(item, out)?;
            }
            out.push(']');
        }
        Json::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(key, _)| *key);
            out.push('{');
            for (index, (key, value)) in fields.into_iter().enumerate() {
                if text::has_lone_surrogate(key) {
                    return None;
                }
                if index > 0 {
                    out.push(',');
                }
                json::write_string(key, out);
                out.push(':');
                write_canonical(value, out)?;
            }
            out.push('}');
        }
        scalar => scalar.write(out),
    }
    Some(())
}

#[cfg(test)]
#[path = "equality_tests.rs"]
mod tests;
