//! How a flag comes to its value, as JSON for JavaScript: a list of the parts of the definition, each before those that it
//! consists of. A part tells how many parts belong to it; these stand in the list in the same order.
//!
//! The value is that of the ordinary walk, which tells a [`Recorder`] of each part. What that walk did not come to, because
//! something before it has decided, is asked for afterwards, when it cannot change the value any more. Nothing here calls itself,
//! and a definition of any size makes a report of a limited one.

use std::collections::HashSet;

use super::conditions::{About, ConditionMatch, held_out, variant};
use super::evaluation::Evaluation;
use super::hashes::Bucketed;
use super::property_holder::PropertyHolder;
use super::reasons::Reason;
use super::rules::BucketedBy;
use super::visitor::{ConditionEnd, Decision, Recorder};
use crate::compiled::server::{ServerCondition, ServerFilter, ServerHoldout, ServerRules};
use crate::compiled::{
    CohortFilter, CohortMember, CohortReference, Condition, ConditionFilter, DependencyLink,
    FlagDependency, Join, PropertyGroup, Rollout, Rules, Targeting, Wording,
};
use crate::hashing;
use crate::js::json::write_string;
use crate::outcome::{Fallback, Outcome, ResultCode, ValueCode};

/// How many parts are told of.
const MOST_PARTS: usize = 10_000;

/// How deep parts are told of within each other: about 30 flags or cohorts.
const MOST_LEVELS: u32 = 100;

/// From this many bytes on, nothing is added.
const MOST_BYTES: usize = 4 << 20;

/// Whom the conditions of a flag are about, or what each comes to if that is not known.
type Own<'a> = Result<(Bucketed<'a>, PropertyHolder), ConditionEnd>;

/// A part of a definition.
#[derive(Clone, Copy)]
enum Part<'a> {
    Flag(usize),
    Condition(&'a Targeting, &'a Condition, Own<'a>),
    ServerCondition(&'a ServerRules, &'a ServerCondition),
    /// A filter of a condition, by its number.
    ServerFilter(&'a ServerRules, &'a ServerCondition, usize),
    /// A filter, and whether its answer is turned.
    Filter(&'a ConditionFilter, bool, PropertyHolder),
    Group(&'a PropertyGroup, PropertyHolder),
}

/// The parts that are told of, and what is told of them so far.
struct Report<'a> {
    parts: Vec<(Part<'a>, u32)>,
    /// The level of the part that is being told of.
    level: u32,
    /// Flags and cohorts whose parts are told of, which happens once for each.
    flags: HashSet<usize>,
    cohorts: HashSet<usize>,
    is_whole: bool,
    out: String,
}

impl<'a> Report<'a> {
    /// Adds what a part consists of, and writes how many of them are told of.
    fn consists_of(&mut self, parts: impl Iterator<Item = Part<'a>>) {
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

    /// Begins a part.
    fn begin(&mut self, kind: &str) {
        if self.out.len() > 1 {
            self.out.push(',');
        }
        self.out.push_str("{\"kind\":\"");
        self.out.push_str(kind);
        self.out.push('"');
    }

    fn field(&mut self, name: &str, json: &str) {
        if self.out.len() >= MOST_BYTES && json.len() > 1000 {
            self.is_whole = false;
        } else if !json.is_empty() {
            for piece in [",\"", name, "\":", json] {
                self.out.push_str(piece);
            }
        }
    }

    fn text(&mut self, name: &str, text: &str) {
        let mut json = String::new();
        write_string(text, &mut json);
        self.field(name, &json);
    }

    fn number(&mut self, name: &str, number: Option<f64>) {
        if let Some(number) = number.filter(|number| number.is_finite()) {
            self.field(name, &number.to_string());
        }
    }

    fn matches(&mut self, matches: Option<bool>) {
        if let Some(matches) = matches {
            self.field("matches", if matches { "true" } else { "false" });
        }
    }

    fn end(&mut self) {
        self.out.push('}');
    }
}

impl<'a> Evaluation<'a, Recorder> {
    /// Evaluates a flag and tells all of it, as JSON.
    pub fn explain(&mut self, flag: usize) -> String {
        let outcome = self.asked_for(flag);
        let mut report = Report {
            parts: vec![(Part::Flag(flag), 0)],
            level: 0,
            flags: HashSet::new(),
            cohorts: HashSet::new(),
            is_whole: true,
            out: "[".to_owned(),
        };
        let mut next = 0;
        while let Some((part, level)) = report.parts.get(next).copied() {
            report.level = level;
            match part {
                Part::Flag(flag) if next == 0 => self.tell_flag(flag, &outcome, &mut report),
                Part::Flag(flag) => {
                    let outcome = self.flag(flag);
                    self.tell_flag(flag, &outcome, &mut report);
                }
                Part::Condition(targeting, condition, own) => {
                    self.tell_condition(targeting, condition, own, &mut report);
                }
                Part::ServerCondition(rules, condition) => {
                    self.tell_server_condition(rules, condition, &mut report);
                }
                Part::ServerFilter(rules, condition, number) => {
                    self.tell_server_filter(rules, condition, number, &mut report);
                }
                Part::Filter(filter, negation, holder) => {
                    self.tell_filter(filter, negation, holder, &mut report);
                }
                Part::Group(group, holder) => self.tell_group(group, holder, &mut report),
            }
            report.end();
            next += 1;
        }
        let Report { out, is_whole, .. } = report;
        format!("{{\"isWhole\":{is_whole},\"parts\":{out}]}}")
    }

    fn tell_flag(&mut self, flag: usize, outcome: &Outcome, report: &mut Report<'a>) {
        let definitions = self.definitions;
        report.begin("flag");
        report.text("key", definitions.description.key(flag));
        report.field("code", &ResultCode::of(outcome).0.to_string());
        if let Err(
            Fallback::Thrown(message) | Fallback::Unreadable(message) | Fallback::Endless(message),
        ) = outcome
        {
            report.text("message", message);
        }
        if let Some(Reason { code, condition }) = self.reason(flag, outcome) {
            report.text("reasonCode", code.name());
            report.number("conditionIndex", condition.map(f64::from));
        }
        if !report.flags.insert(flag) {
            report.field("isTold", "true");
            return;
        }
        match &definitions.flags[flag].rules {
            Rules::Targeting(targeting) => {
                let own = self.own(targeting);
                self.tell_holdout(targeting, own, report);
                let conditions = targeting.conditions.of(&definitions.conditions).iter();
                report.consists_of(
                    conditions.map(|condition| Part::Condition(targeting, condition, own)),
                );
            }
            Rules::Server(rules) => {
                if let Some(ServerHoldout { threshold, value }) = rules.holdout {
                    let exclusion = share(threshold.unwrap_or(1.0));
                    let code = value.0;
                    let matches = match self.visitor.decision_of(&**rules) {
                        Some(Decision::Holdout) => ",\"matches\":true",
                        None if outcome.is_ok() => ",\"matches\":false",
                        _ => "",
                    };
                    let told = format!("{{\"exclusion\":{exclusion},\"code\":{code}{matches}}}");
                    report.field("holdout", &told);
                }
                let conditions = rules.conditions.iter();
                report.consists_of(
                    conditions.map(|condition| Part::ServerCondition(rules, condition)),
                );
            }
            _ => {}
        }
    }

    /// Whom the conditions of a flag are about.
    fn own(&self, targeting: &Targeting) -> Own<'a> {
        match self.bucketed_by(&targeting.subject) {
            Ok(BucketedBy::Known(value, holder)) => Ok((Bucketed::unknown(value), holder)),
            Ok(BucketedBy::NoGroup) => Err(ConditionEnd::NoGroup),
            Ok(BucketedBy::Nothing | BucketedBy::UnknownGroupType) | Err(_) => {
                Err(ConditionEnd::Undecided)
            }
        }
    }

    fn tell_holdout(&self, targeting: &Targeting, own: Own<'a>, report: &mut Report<'a>) {
        let Ok(Some(holdout)) = &targeting.holdout else {
            return;
        };
        let mut told = String::from("{");
        let mut add = |name: &str, json: &str| {
            let comma = if told.len() > 1 { "," } else { "" };
            told.push_str(&format!("{comma}\"{name}\":{json}"));
        };
        add(
            "exclusion",
            &share(holdout.threshold.unwrap_or(1.0)).to_string(),
        );
        if let Ok(ValueCode(code)) = holdout.value {
            add("code", &code.to_string());
        }
        if let Ok((Bucketed { value, .. }, _)) = own {
            if let Ok(text) = value.to_hashed_text() {
                add("bucket", &(hashing::holdout(&text) * 100.0).to_string());
            }
            if let Ok(held_out) = held_out(targeting, value) {
                let is_in = if held_out.is_some() { "true" } else { "false" };
                add("matches", is_in);
            }
        }
        told.push('}');
        report.field("holdout", &told);
    }

    fn tell_condition(
        &mut self,
        targeting: &'a Targeting,
        condition: &'a Condition,
        own: Own<'a>,
        report: &mut Report<'a>,
    ) {
        let about = self.subject_of(condition, own);
        let end = match (self.visitor.end_of(condition), about) {
            (Some(end), _) | (None, Err(end)) => end,
            (None, Ok((bucketed, holder))) => {
                let result = self.on_an_empty_stack(|evaluation| {
                    evaluation.condition(targeting, condition, &bucketed, holder)
                });
                ConditionMatch::end(&result)
            }
        };
        report.begin("condition");
        tell_end(end, report);
        let percentage = match condition.rollout {
            None => Some(100.0),
            Some(Rollout::Threshold(threshold)) => Some(share(threshold)),
            Some(Rollout::Malformed(_)) => None,
        };
        report.number("rollout", percentage);
        if let Ok((bucketed, _)) = about {
            let bucket = bucketed.rollout(&targeting.hasher).ok();
            report.number("bucket", bucket.map(|hash| hash * 100.0));
            let value = variant(targeting, condition, &bucketed).ok();
            let variant = value.filter(|value| value.own_index().is_some());
            report.number("variant", variant.map(|ValueCode(code)| f64::from(code)));
        }
        let holder = about.map_or(PropertyHolder { absent: true }, |(_, holder)| holder);
        let filters = condition.filters.of(&self.definitions.condition_filters);
        let filters = filters.iter();
        report.consists_of(filters.map(|filter| Part::Filter(filter, false, holder)));
    }

    /// Whom a condition is about. Where nothing can be said of the subject of the flag, no condition is looked at.
    fn subject_of(&self, condition: &Condition, own: Own<'a>) -> Own<'a> {
        let (bucketed, holder) = own?;
        if condition.malformed.is_some() {
            return Err(ConditionEnd::Undecided);
        }
        match self.about(condition) {
            Ok(About::SubjectOfFlag) => Ok((bucketed, holder)),
            Ok(About::Group(bucketed, holder)) => Ok((bucketed, holder)),
            Ok(About::NoGroup) => Err(ConditionEnd::NoGroup),
            Ok(About::NotGiven) | Err(_) => Err(ConditionEnd::Undecided),
        }
    }

    fn tell_server_condition(
        &mut self,
        rules: &'a ServerRules,
        condition: &'a ServerCondition,
        report: &mut Report<'a>,
    ) {
        let end = self.end_of_server_condition(condition, rules);
        report.begin("condition");
        if let Some(end) = end {
            tell_end(end, report);
        }
        report.number("rollout", Some(condition.rollout.map_or(100.0, share)));
        let bucket = self.server_bucket(condition, rules);
        report.number("bucket", bucket.map(|hash| hash * 100.0));
        let value = self.server_variant(condition, rules);
        let variant = value.filter(|value| value.own_index().is_some());
        report.number("variant", variant.map(|ValueCode(code)| f64::from(code)));
        let filters = 0..condition.wordings.len();
        report.consists_of(filters.map(|number| Part::ServerFilter(rules, condition, number)));
    }

    fn tell_server_filter(
        &mut self,
        rules: &'a ServerRules,
        condition: &'a ServerCondition,
        number: usize,
        report: &mut Report<'a>,
    ) {
        let matches = self.matches_server_filter(condition, rules, number);
        let filter = condition.filters.get(number);
        report.begin(match filter {
            None => "cohort",
            Some(ServerFilter::Flag { .. }) => "dependency",
            Some(_) => "property",
        });
        if let Some(ServerFilter::Property(property)) = filter {
            report.field("slot", &property.0.slot.to_string());
        }
        let wording = condition.wordings[number] as usize;
        self.tell_wording(
            "key",
            Wording::read(self.definitions.wordings.get(wording)),
            report,
        );
        report.matches(matches);
        if let Some(ServerFilter::Flag { flag, .. }) = filter {
            report.consists_of(flag.map(Part::Flag).into_iter());
        }
    }

    fn tell_wording(&self, key: &str, wording: Wording<'_>, report: &mut Report<'a>) {
        report.field(key, wording.key);
        report.field("operator", wording.operator);
        report.field("value", wording.value);
    }

    fn tell_filter(
        &mut self,
        filter: &'a ConditionFilter,
        negation: bool,
        holder: PropertyHolder,
        report: &mut Report<'a>,
    ) {
        let definitions = self.definitions;
        let matches = self.visitor.matches(filter).unwrap_or_else(|| {
            let result = self.on_an_empty_stack(|evaluation| evaluation.filter(filter, holder));
            result.ok()
        });
        let (kind, wording) = match filter {
            ConditionFilter::Property(index) => {
                let text = definitions.tests.get(*index as usize);
                ("property", Wording::read(text))
            }
            ConditionFilter::Cohort(cohort) => {
                let text = definitions.wordings.get(cohort.wording as usize);
                ("cohort", Wording::read(text))
            }
            ConditionFilter::Flag(_, wording) => {
                let text = definitions.wordings.get(*wording as usize);
                ("dependency", Wording::read(text))
            }
            ConditionFilter::Throws(message) | ConditionFilter::Malformed(message) => {
                report.begin("broken");
                report.text("message", message);
                return;
            }
        };
        report.begin(kind);
        let key = if kind == "property" { "slot" } else { "key" };
        self.tell_wording(key, wording, report);
        report.matches(matches.map(|matches| matches != negation));
        if negation {
            report.field("negation", "true");
        }
        match filter {
            ConditionFilter::Cohort(cohort) => {
                if let CohortFilter {
                    cohort: CohortReference::Known(cohort),
                    ..
                } = &**cohort
                {
                    if report.cohorts.insert(*cohort) {
                        let group = &definitions.cohorts[*cohort].group;
                        report.consists_of([Part::Group(group, holder)].into_iter());
                    } else {
                        report.field("isTold", "true");
                    }
                }
            }
            ConditionFilter::Flag(dependency, _) => {
                if let FlagDependency::Chain { links, .. } = &**dependency {
                    let flags = links.iter().filter_map(|link| match link {
                        DependencyLink::Flag(flag) => Some(Part::Flag(*flag)),
                        DependencyLink::Off => None,
                    });
                    report.consists_of(flags);
                }
            }
            _ => {}
        }
    }

    fn tell_group(
        &mut self,
        group: &'a PropertyGroup,
        holder: PropertyHolder,
        report: &mut Report<'a>,
    ) {
        let matches = self.visitor.matches(group).unwrap_or_else(|| {
            let result =
                self.on_an_empty_stack(|evaluation| evaluation.property_group(group, holder));
            result.ok()
        });
        report.begin("group");
        report.matches(matches);
        let name = |join| match join {
            Join::And => "\"AND\"",
            Join::Or => "\"OR\"",
        };
        match group {
            PropertyGroup::Groups { join, groups } => {
                report.field("type", name(*join));
                report.consists_of(groups.iter().map(|group| Part::Group(group, holder)));
            }
            PropertyGroup::Filters { join, filters } => {
                report.field("type", name(*join));
                let filters = filters.iter();
                report.consists_of(filters.map(|CohortMember { filter, negation }| {
                    Part::Filter(filter, *negation, holder)
                }));
            }
            PropertyGroup::Everyone | PropertyGroup::UnsupportedType | PropertyGroup::Throws(_) => {
            }
        }
    }
}

fn tell_end(end: ConditionEnd, report: &mut Report<'_>) {
    report.matches(match end {
        ConditionEnd::Match => Some(true),
        ConditionEnd::NoMatch
        | ConditionEnd::OutOfRollout
        | ConditionEnd::NoMatchOrOut
        | ConditionEnd::NoGroup => Some(false),
        ConditionEnd::Undecided => None,
    });
    match end {
        ConditionEnd::OutOfRollout => report.field("outOfRollout", "true"),
        ConditionEnd::NoGroup => report.field("noGroup", "true"),
        _ => {}
    }
}

/// A threshold as the percentage that the definition has. It is that divided by 100, so that to multiply it may miss it by the
/// last digits.
fn share(threshold: f64) -> f64 {
    let percentage = threshold * 100.0;
    let rounded = (percentage * 1e9).round() / 1e9;
    match rounded / 100.0 == threshold {
        true => rounded,
        false => percentage,
    }
}
