//! One flag as PostHog's server decides it, with three values: what is not known here may be either, and an answer is given only
//! if it is the same whatever the unknown is.

use std::borrow::Cow;

use super::evaluation::Evaluation;
use super::visitor::{ConditionEnd, Decision, Visitor, place_of};
use crate::compiled::Slot;
use crate::compiled::server::{
    CohortTest, CohortTree, PropertyRead, ServerCondition, ServerExpected, ServerFilter,
    ServerGroup, ServerRules,
};
use crate::hashing;
use crate::js;
use crate::js::host::Host;
use crate::js::value::Value;
use crate::matchers::server::dates::Clock;
use crate::matchers::server::{Answer, Property, ServerTest, text};
use crate::outcome::{Fallback, Outcome, UnresolvedReason, ValueCode};
use serde_json::Value as Json;

/// From this length in bytes on, a distinct id is cut to as many characters.
const LONGEST_ID: usize = 200;

/// What is known of a property.
enum Known {
    Given(Json),
    Absent,
    Unknown,
    /// Given, but what the server sees of it is not known here.
    Open,
}

/// What a condition would give.
enum Given {
    Value(ValueCode),
    /// Its rollout leaves the subject out.
    Out,
    /// It does not count, as its device is not known.
    Skipped,
    /// Only the server knows.
    Open,
}

/// What comes of trying a condition.
enum Tried {
    /// It is for a group that the call does not name, or of an unknown type.
    NoGroup,
    /// Its device is not known, so that the server does not look at its filters.
    NoDevice,
    NoMatch,
    /// Its filters match, or may match.
    Given(Answer, Given),
}

impl Tried {
    /// What a visitor is told.
    fn end(&self) -> ConditionEnd {
        match self {
            Self::NoGroup => ConditionEnd::NoGroup,
            Self::NoMatch => ConditionEnd::NoMatch,
            Self::Given(Answer::Yes, Given::Value(_)) => ConditionEnd::Match,
            Self::NoDevice | Self::Given(_, Given::Skipped) => ConditionEnd::OutOfRollout,
            Self::Given(Answer::Yes, Given::Out) => ConditionEnd::OutOfRollout,
            Self::Given(_, Given::Out) => ConditionEnd::NoMatchOrOut,
            Self::Given(..) => ConditionEnd::Undecided,
        }
    }
}

/// What the conditions so far may give.
#[derive(Default)]
struct Possible(Option<ValueCode>);

impl Possible {
    /// Adds a value; false if there are several now.
    fn add(&mut self, value: ValueCode) -> bool {
        *self.0.get_or_insert(value) == value
    }
}

const MISSING: Fallback = Fallback::MISSING_CONTEXT;

impl<'a, V: Visitor> Evaluation<'a, V> {
    /// The value of a flag by the server's rules.
    pub(super) fn decide_as_server(&mut self, rules: &ServerRules) -> Outcome {
        let clock = self.clock(rules);
        let is_complete = self.is_complete(rules);
        // The server evaluates what a flag depends on before the flag, and fails with it.
        for flag in &rules.flags {
            if self.flag_in_row(*flag).is_err() {
                return Err(Fallback::inconclusive(
                    UnresolvedReason::UnresolvedDependency,
                ));
            }
        }
        if let Some(slot) = rules.enrollment {
            let known = self.known(slot, is_complete);
            if matches!(known, Known::Given(_)) {
                self.visitor.decided(place_of(rules), Decision::Enrollment);
            }
            match known {
                Known::Given(Json::Bool(true)) => return Ok(ValueCode::TRUE),
                Known::Given(Json::String(text)) if text == "true" => return Ok(ValueCode::TRUE),
                Known::Given(Json::String(text)) if text.eq_ignore_ascii_case("true") => {
                    return Err(Fallback::UNSUPPORTED);
                }
                Known::Given(_) => return Ok(ValueCode::FALSE),
                Known::Unknown | Known::Open => return Err(MISSING),
                Known::Absent => {}
            }
        }
        let id = self.distinct_id();
        let own = match rules.group {
            None => id,
            Some(ServerGroup::Known(group)) => self.usable_key(group.key),
            Some(ServerGroup::Unknown) => None,
        };
        if let Some((threshold, value)) = rules.holdout {
            let is_device = rules.group.is_none() && rules.device.is_some();
            let own = match rules
                .device
                .filter(|_| is_device)
                .map(|slot| self.device(slot, is_complete))
            {
                Some(Err(fallback)) if threshold.is_some() => return Err(fallback),
                Some(Ok(Some(device))) => Some(device),
                _ => own,
            };
            let is_in = match threshold {
                None => true,
                Some(threshold) => hashing::holdout(&own.unwrap_or_default()) <= threshold,
            };
            if is_in {
                self.visitor.decided(place_of(rules), Decision::Holdout);
                return Ok(value);
            }
        }
        let mut possible = Possible::default();
        let mut reason = MISSING;
        for condition in &rules.conditions {
            let tried = self.try_condition(condition, rules, &clock)?;
            self.visitor.condition(place_of(condition), tried.end());
            let Tried::Given(matches, given) = tried else {
                continue;
            };
            let value = match given {
                Given::Value(value) => value,
                Given::Out if rules.early_exit => ValueCode::FALSE,
                Given::Out | Given::Skipped => continue,
                Given::Open => {
                    reason = Fallback::inconclusive(UnresolvedReason::ExperienceContinuity);
                    return Err(reason);
                }
            };
            if !possible.add(value) {
                return Err(reason);
            }
            if matches == Answer::Yes {
                return Ok(value);
            }
        }
        match possible.add(ValueCode::FALSE) {
            true => Ok(ValueCode::FALSE),
            false => Err(reason),
        }
    }

    /// What a condition comes to that the walk did not come to, if that can be told.
    pub(super) fn end_of_server_condition(
        &mut self,
        condition: &ServerCondition,
        rules: &ServerRules,
    ) -> Option<ConditionEnd> {
        let clock = self.clock(rules);
        let tried = self.on_an_empty_stack(|it| it.try_condition(condition, rules, &clock));
        tried.ok().map(|tried| tried.end())
    }

    fn clock(&self, rules: &ServerRules) -> Clock {
        Clock {
            now_ms: self.host.now_ms(),
            zone: rules.zone,
        }
    }

    fn is_complete(&self, rules: &ServerRules) -> bool {
        matches!(self.value(rules.complete), Value::Bool(true))
    }

    fn try_condition(
        &mut self,
        condition: &ServerCondition,
        rules: &ServerRules,
        clock: &Clock,
    ) -> Result<Tried, Fallback> {
        let is_complete = self.is_complete(rules);
        let subject = match condition.group {
            None => self.distinct_id(),
            Some(ServerGroup::Known(group)) => match self.usable_key(group.key) {
                None => return Ok(Tried::NoGroup),
                key => key,
            },
            Some(ServerGroup::Unknown) => return Ok(Tried::NoGroup),
        };
        let matches = self.condition_matches(condition, rules, clock, is_complete)?;
        if matches == Answer::No {
            let device = rules.device.filter(|_| condition.group.is_none());
            let has_none =
                device.is_some_and(|slot| matches!(self.device(slot, is_complete), Ok(None)));
            return Ok(match has_none && needs_hash(condition, rules) {
                true => Tried::NoDevice,
                false => Tried::NoMatch,
            });
        }
        let given = match (condition.group, rules.device) {
            (None, Some(slot)) => match self.device(slot, is_complete) {
                Err(fallback) if needs_hash(condition, rules) => return Err(fallback),
                Err(_) => give(condition, rules, None, false),
                Ok(None) if needs_hash(condition, rules) => Given::Skipped,
                Ok(device) => give(condition, rules, device.as_deref(), false),
            },
            (None, None) => give(condition, rules, subject.as_deref(), rules.has_continuity),
            (Some(_), _) => give(condition, rules, subject.as_deref(), false),
        };
        Ok(Tried::Given(matches, given))
    }

    /// Whether the filters of a condition match: `Open` if that is not known.
    fn condition_matches(
        &mut self,
        condition: &ServerCondition,
        rules: &ServerRules,
        clock: &Clock,
        is_complete: bool,
    ) -> Result<Answer, Fallback> {
        let mut is_open = false;
        for filter in &condition.filters {
            match self.server_filter(filter, rules, clock, is_complete)? {
                Answer::Yes => {}
                Answer::Open => is_open = true,
                Answer::No | Answer::Error => return Ok(Answer::No),
            }
        }
        let Some(cohorts) = &condition.cohorts else {
            // The server resolves all cohorts before it judges any, and this cannot be done here.
            return Err(Fallback::UNSUPPORTED);
        };
        for test in cohorts {
            match self.server_cohort_test(test, clock, is_complete) {
                Answer::Yes => {}
                Answer::Open => is_open = true,
                Answer::No | Answer::Error => return Ok(Answer::No),
            }
        }
        Ok(if is_open { Answer::Open } else { Answer::Yes })
    }

    fn server_filter(
        &mut self,
        filter: &ServerFilter,
        rules: &ServerRules,
        clock: &Clock,
        is_complete: bool,
    ) -> Result<Answer, Fallback> {
        Ok(match filter {
            ServerFilter::Never => Answer::No,
            ServerFilter::Open => Answer::Open,
            ServerFilter::Property(property) => {
                let (read, test) = &**property;
                self.server_property(read, test, clock, is_complete)
            }
            ServerFilter::UnknownGroup(test) => match test.matches(Property::Absent, clock) {
                // No match if the call names a group, and the answer for absent properties if it names none.
                Answer::Yes => Answer::Open,
                _ => Answer::No,
            },
            ServerFilter::Flag { flag, expected } => {
                let outcome = match flag {
                    None => Ok(ValueCode::FALSE),
                    Some(flag) => self.flag_in_row(*flag),
                };
                if self.scratch.row.is_suspending {
                    return Err(outcome.err().unwrap_or(MISSING));
                }
                let _ = rules;
                match outcome {
                    Err(_) => Answer::Open,
                    Ok(value) => self.is_expected(*flag, value, expected).into(),
                }
            }
        })
    }

    fn is_expected(
        &self,
        flag: Option<usize>,
        value: ValueCode,
        expected: &ServerExpected,
    ) -> bool {
        match expected {
            ServerExpected::Bool(on) => (value != ValueCode::FALSE) == *on,
            ServerExpected::Variant(variant) => {
                let values = flag.map(|flag| &self.definitions.flags[flag].values);
                let own = value.own_index().and_then(|index| values?.get(index));
                own.is_some_and(|own| js::to_text(Some(own)).is_ok_and(|text| *text == **variant))
            }
        }
    }

    fn server_property(
        &self,
        read: &PropertyRead,
        test: &ServerTest,
        clock: &Clock,
        is_complete: bool,
    ) -> Answer {
        let known = match read.group {
            Some(group) => match self.value(group.key) {
                Value::Missing => Known::Absent,
                _ if read.slot == group.key => match self.usable_key(group.key) {
                    Some(_) => self.known(read.slot, true),
                    None => Known::Open,
                },
                _ => self.known(read.slot, is_complete),
            },
            None if read.is_distinct_id => match self.known(read.slot, true) {
                Known::Given(Json::String(text)) if text.len() > LONGEST_ID => {
                    // The caller may have given the property itself, which is not cut.
                    match self.distinct_id() {
                        Some(id) if text.starts_with(&*id) => {
                            Known::Given(Json::String(id.into_owned()))
                        }
                        _ => Known::Given(Json::String(text)),
                    }
                }
                known => known,
            },
            None => self.known(read.slot, is_complete),
        };
        let known = match known {
            Known::Absent => {
                let instead = read.instead.iter().map(|slot| self.known(*slot, true));
                instead
                    .into_iter()
                    .find(|known| !matches!(known, Known::Absent))
                    .unwrap_or(Known::Absent)
            }
            known => known,
        };
        match known {
            Known::Given(value) => test.matches(Property::Given(&value), clock),
            Known::Absent => test.matches(Property::Absent, clock),
            Known::Open if test.asks_nothing() => test.matches(Property::Given(&Json::Null), clock),
            // Whatever the value is.
            Known::Unknown if test.is_never() => Answer::No,
            Known::Unknown | Known::Open => Answer::Open,
        }
    }

    fn server_cohort_test(
        &mut self,
        test: &CohortTest,
        clock: &Clock,
        is_complete: bool,
    ) -> Answer {
        let Some(cohort) = test.cohort else {
            return Answer::No;
        };
        let definitions = self.definitions;
        if self.server_cohorts.is_empty() {
            self.server_cohorts
                .resize(definitions.server_cohorts.len(), None);
        }
        let answer = match self.server_cohorts[cohort] {
            Some(answer) => answer,
            None => {
                let answer = self.tree(&definitions.server_cohorts[cohort], clock, is_complete);
                self.server_cohorts[cohort] = Some(answer);
                answer
            }
        };
        turned(answer, test.is_outside)
    }

    fn tree(&mut self, tree: &CohortTree, clock: &Clock, is_complete: bool) -> Answer {
        let (parts, decides) = match tree {
            CohortTree::And(parts) => (parts, Answer::No),
            CohortTree::Or(parts) => (parts, Answer::Yes),
            CohortTree::Cohort(test, is_turned) => {
                return turned(
                    self.server_cohort_test(test, clock, is_complete),
                    *is_turned,
                );
            }
            CohortTree::Leaf(filter, is_turned) => {
                let answer = match filter {
                    ServerFilter::Property(property) => {
                        self.server_property(&property.0, &property.1, clock, is_complete)
                    }
                    ServerFilter::Never => Answer::No,
                    _ => Answer::Open,
                };
                return turned(answer, *is_turned);
            }
        };
        let mut is_open = false;
        for part in parts {
            match self.tree(part, clock, is_complete) {
                Answer::Open => is_open = true,
                answer if answer == decides => return decides,
                _ => {}
            }
        }
        match (is_open, decides) {
            (true, _) => Answer::Open,
            (false, Answer::No) => Answer::Yes,
            (false, _) => Answer::No,
        }
    }

    /// The distinct id as the server has it.
    fn distinct_id(&self) -> Option<Cow<'a, str>> {
        match self.value(0).whole() {
            Value::Text(text) if text.len() > LONGEST_ID => {
                let end = text
                    .char_indices()
                    .nth(LONGEST_ID)
                    .map_or(text.len(), |(end, _)| end);
                Some(Cow::Borrowed(&text[..end]))
            }
            Value::Text(text) => Some(Cow::Borrowed(text)),
            Value::Number(number) => Some(js::number_to_string(number).into()),
            _ => None,
        }
    }

    /// The key of a group, unless it counts as none.
    fn usable_key(&self, slot: Slot) -> Option<Cow<'a, str>> {
        match self.value(slot).whole() {
            Value::Text("") => None,
            Value::Text(text) => Some(Cow::Borrowed(text)),
            Value::Number(number) if number.is_finite() => {
                Some(js::number_to_string(number).into())
            }
            _ => None,
        }
    }

    /// The device, if the call names one. Without one among properties that may not be all, the server may know it.
    fn device(&self, slot: Slot, _is_complete: bool) -> Result<Option<Cow<'a, str>>, Fallback> {
        match self.value(slot).whole() {
            Value::Text("") | Value::Missing | Value::Undefined | Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(Cow::Borrowed(text))),
            _ => Err(MISSING),
        }
    }

    /// A property as it arrives at the server.
    fn known(&self, slot: Slot, is_complete: bool) -> Known {
        match self.value(slot).whole() {
            Value::Missing | Value::Undefined if is_complete => Known::Absent,
            Value::Missing | Value::Undefined => Known::Unknown,
            Value::Null => Known::Given(Json::Null),
            Value::Bool(value) => Known::Given(Json::Bool(value)),
            Value::Number(number) => number_as_sent(number).map_or(Known::Open, Known::Given),
            Value::Text(text) => Known::Given(Json::String(text.to_owned())),
            Value::Exotic(exotic) => match exotic.json() {
                Some(Some(text)) => match serde_json::from_str::<Json>(&text) {
                    Ok(value) if crate::matchers::server::text(&value).is_some() => {
                        Known::Given(value)
                    }
                    _ => Known::Open,
                },
                Some(None) if is_complete => Known::Absent,
                Some(None) => Known::Unknown,
                None => Known::Open,
            },
            _ => Known::Open,
        }
    }
}

/// What `JSON.stringify` makes of a number.
fn number_as_sent(number: f64) -> Option<Json> {
    if !number.is_finite() {
        return Some(Json::Null);
    }
    if number.fract() == 0.0 {
        // Integers of more than 64 bits are read differently by different versions of the server.
        return (number.abs() < 9_223_372_036_854_775_807.0).then(|| Json::from(number as i64));
    }
    let value = Json::from(number);
    text(&value).is_some().then_some(value)
}

fn turned(answer: Answer, is_turned: bool) -> Answer {
    match (answer, is_turned) {
        (Answer::Open, _) => Answer::Open,
        (Answer::Yes, turned) => (!turned).into(),
        (Answer::No | Answer::Error, turned) => turned.into(),
    }
}

/// Whether a hash decides what a condition gives.
fn needs_hash(condition: &ServerCondition, rules: &ServerRules) -> bool {
    condition.rollout.is_some() || condition.variant.is_none() && splits(rules)
}

/// Whether variants are a matter of the hash: the first that has a share does not have all.
fn splits(rules: &ServerRules) -> bool {
    let first = rules.variants.iter().find(|(share, _)| *share > 0.0);
    first.is_some_and(|(share, _)| *share < 1.0)
}

/// What a condition gives whose filters match.
fn give(
    condition: &ServerCondition,
    rules: &ServerRules,
    id: Option<&str>,
    hash_is_unknown: bool,
) -> Given {
    let is_empty = id == Some("");
    if let Some(threshold) = condition.rollout {
        // With a stored id nobody passes 0 either, but the server may still fail for want of it, unless no condition needs it.
        let is_nobody = |condition: &ServerCondition| {
            condition.rollout == Some(0.0) && !(condition.variant.is_none() && splits(rules))
        };
        let is_out = match hash_is_unknown {
            true => !is_empty && rules.conditions.iter().all(is_nobody),
            false => threshold < 0.0,
        };
        if is_out {
            return Given::Out;
        }
        if hash_is_unknown {
            return Given::Open;
        }
        let hash = match id {
            None => return Given::Open,
            Some("") => 0.0,
            Some(id) => rules.hasher.rollout(id),
        };
        if hash > threshold {
            return Given::Out;
        }
    }
    if let Some(variant) = condition.variant {
        return Given::Value(variant);
    }
    if !splits(rules) {
        let first = rules.variants.iter().find(|(share, _)| *share > 0.0);
        return Given::Value(first.map_or(ValueCode::TRUE, |(_, value)| *value));
    }
    let hash = match id {
        _ if hash_is_unknown => return Given::Open,
        None => return Given::Open,
        Some("") => 0.0,
        Some(id) => rules.hasher.variant(id),
    };
    let mut sum = 0.0;
    for (share, value) in &rules.variants {
        sum += share;
        if hash < sum {
            return Given::Value(*value);
        }
    }
    Given::Value(ValueCode::TRUE)
}
