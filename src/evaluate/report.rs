//! What is told of a flag, as JSON for JavaScript: a list of the parts of its definition, each before those that it consists of.
//! A part tells how many parts belong to it; these stand in the list in the same order. A definition of any size makes a report
//! of a limited one.

use std::collections::HashSet;

use super::hashes::Bucketed;
use super::property_holder::PropertyHolder;
use super::visitor::ConditionEnd;
use crate::compiled::server::{ServerCondition, ServerRules};
use crate::compiled::{Condition, ConditionFilter, PropertyGroup, Targeting, Wording};
use crate::js::json::write_string;
use crate::outcome::ValueCode;

/// How many parts are told of.
const MOST_PARTS: usize = 10_000;

/// How deep parts are told of within each other: about 30 flags or cohorts.
const MOST_LEVELS: u32 = 100;

/// From this many bytes on, nothing is added.
const MOST_BYTES: usize = 4 << 20;

/// Whom the conditions of a flag are about, or what each comes to if that is not known.
pub type Own<'a> = Result<(Bucketed<'a>, PropertyHolder), ConditionEnd>;

/// A part of a definition.
#[derive(Clone, Copy)]
pub enum Part<'a> {
    /// A flag, by its index.
    Flag(usize),
    Condition(&'a Targeting, &'a Condition, Own<'a>),
    ServerCondition(&'a ServerRules, &'a ServerCondition),
    /// A filter of a condition, by its number.
    ServerFilter(&'a ServerRules, &'a ServerCondition, usize),
    /// A filter, and whether its answer is turned.
    Filter(&'a ConditionFilter, bool, PropertyHolder),
    Group(&'a PropertyGroup, PropertyHolder),
}

/// What is told of a holdout.
pub struct ToldHoldout {
    /// The share that is held out; nothing if all are.
    pub threshold: Option<f64>,
    pub value: Option<ValueCode>,
    /// The hash that decides, if it is known.
    pub hash: Option<f64>,
    /// Whether it holds out, if that is known.
    pub matches: Option<bool>,
}

/// The parts that are told of, and what is told of them so far.
pub struct Report<'a> {
    parts: Vec<(Part<'a>, u32)>,
    /// How many parts were taken by [`next_part`](Self::next_part).
    taken: usize,
    /// The level of the part that is being told of.
    level: u32,
    /// Flags and cohorts whose parts are told of, which happens once for each.
    flags: HashSet<usize>,
    cohorts: HashSet<usize>,
    is_whole: bool,
    out: String,
}

impl<'a> Report<'a> {
    /// A report on a flag, which is its first part.
    pub fn on(flag: usize) -> Self {
        Self {
            parts: vec![(Part::Flag(flag), 0)],
            taken: 0,
            level: 0,
            flags: HashSet::new(),
            cohorts: HashSet::new(),
            is_whole: true,
            out: "[".to_owned(),
        }
    }

    /// The next part to tell of, if there is one.
    pub fn next_part(&mut self) -> Option<Part<'a>> {
        let (part, level) = *self.parts.get(self.taken)?;
        self.taken += 1;
        self.level = level;
        Some(part)
    }

    /// All of it.
    pub fn into_json(self) -> String {
        let Self { out, is_whole, .. } = self;
        format!("{{\"isWhole\":{is_whole},\"parts\":{out}]}}")
    }

    /// Begins a part.
    pub fn begin(&mut self, kind: &str) {
        if self.out.len() > 1 {
            self.out.push(',');
        }
        self.out.push_str("{\"kind\":\"");
        self.out.push_str(kind);
        self.out.push('"');
    }

    /// Ends a part.
    pub fn end(&mut self) {
        self.out.push('}');
    }

    /// Adds what a part consists of, and writes how many of them are told of.
    pub fn consists_of(&mut self, parts: impl Iterator<Item = Part<'a>>) {
        let before = self.parts.len();
        for part in parts {
            let has_room = before < MOST_PARTS && self.parts.len() < MOST_PARTS;
            if !has_room || self.level >= MOST_LEVELS || self.out.len() >= MOST_BYTES {
                self.is_whole = false;
                break;
            }
            self.parts.push((part, self.level + 1));
        }
        let count = self.parts.len() - before;
        self.field("count", &count.to_string());
    }

    /// Whether the parts of a flag are not told of yet. Otherwise the report says that they are.
    pub fn is_first_of_flag(&mut self, flag: usize) -> bool {
        let is_first = self.flags.insert(flag);
        self.field("isTold", if is_first { "" } else { "true" });
        is_first
    }

    /// Whether the parts of a cohort are not told of yet. Otherwise the report says that they are.
    pub fn is_first_of_cohort(&mut self, cohort: usize) -> bool {
        let is_first = self.cohorts.insert(cohort);
        self.field("isTold", if is_first { "" } else { "true" });
        is_first
    }

    /// Adds a field to the part, with a value that is JSON. If that is empty, there is no field.
    pub fn field(&mut self, name: &str, json: &str) {
        if self.out.len() >= MOST_BYTES && json.len() > 1000 {
            self.is_whole = false;
        } else if !json.is_empty() {
            for piece in [",\"", name, "\":", json] {
                self.out.push_str(piece);
            }
        }
    }

    pub fn text(&mut self, name: &str, text: &str) {
        let mut json = String::new();
        write_string(text, &mut json);
        self.field(name, &json);
    }

    pub fn number(&mut self, name: &str, number: Option<f64>) {
        if let Some(number) = number.filter(|number| number.is_finite()) {
            self.field(name, &number.to_string());
        }
    }

    pub fn matches(&mut self, matches: Option<bool>) {
        if let Some(matches) = matches {
            self.field("matches", &matches.to_string());
        }
    }

    /// What a condition comes to.
    pub fn condition_end(&mut self, end: ConditionEnd) {
        self.matches(match end {
            ConditionEnd::Match => Some(true),
            ConditionEnd::NoMatch
            | ConditionEnd::OutOfRollout
            | ConditionEnd::NoMatchOrOut
            | ConditionEnd::NoGroup => Some(false),
            ConditionEnd::Undecided => None,
        });
        match end {
            ConditionEnd::OutOfRollout => self.field("outOfRollout", "true"),
            ConditionEnd::NoGroup => self.field("noGroup", "true"),
            _ => {}
        }
    }

    /// The rollout of a condition as the definition has it, where its subject falls, and which variant that gives.
    pub fn rollout(
        &mut self,
        percentage: Option<f64>,
        hash: Option<f64>,
        variant: Option<ValueCode>,
    ) {
        self.number("rollout", percentage);
        self.number("bucket", hash.map(|hash| hash * 100.0));
        let variant = variant.filter(|value| value.own_index().is_some());
        self.number("variant", variant.map(|ValueCode(code)| f64::from(code)));
    }

    pub fn holdout(&mut self, holdout: ToldHoldout) {
        let exclusion = percentage(holdout.threshold.unwrap_or(1.0));
        let mut json = format!("{{\"exclusion\":{exclusion}");
        if let Some(ValueCode(code)) = holdout.value {
            json.push_str(&format!(",\"code\":{code}"));
        }
        if let Some(hash) = holdout.hash {
            json.push_str(&format!(",\"bucket\":{}", hash * 100.0));
        }
        if let Some(matches) = holdout.matches {
            json.push_str(&format!(",\"matches\":{matches}"));
        }
        json.push('}');
        self.field("holdout", &json);
    }

    /// A filter as the definition has it.
    pub fn wording(&mut self, key: &str, wording: Wording<'_>) {
        self.field(key, wording.key);
        self.field("operator", wording.operator);
        self.field("value", wording.value);
    }
}

/// A threshold as the percentage that the definition has. The threshold is that percentage divided by 100, and multiplying it
/// again may miss the percentage by the last digits.
pub fn percentage(threshold: f64) -> f64 {
    let percentage = threshold * 100.0;
    let rounded = (percentage * 1e9).round() / 1e9;
    match rounded / 100.0 == threshold {
        true => rounded,
        false => percentage,
    }
}
