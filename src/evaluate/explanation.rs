//! How a flag comes to its value, told part by part.
//!
//! The value is that of the ordinary walk, which tells a [`Recorder`] of each part. What that walk did not come to, because
//! something before it has decided, is asked for afterwards, when it cannot change the value any more. Nothing here calls itself:
//! a [`Report`] lists the parts that are still to be told of.

use super::conditions::{About, ConditionMatch, held_out, variant};
use super::evaluation::Evaluation;
use super::hashes::Bucketed;
use super::property_holder::PropertyHolder;
use super::reasons::Reason;
use super::report::{Own, Part, Report, ToldHoldout, percentage};
use super::rules::BucketedBy;
use super::visitor::{ConditionEnd, Recorder};
use crate::compiled::{
    CohortFilter, CohortMember, CohortReference, Condition, ConditionFilter, DependencyLink,
    FlagDependency, Join, PropertyGroup, Rollout, Rules, Targeting, Wording,
};
use crate::hashing;
use crate::outcome::{Fallback, Outcome, ResultCode};

impl<'a> Evaluation<'a, Recorder> {
    /// Evaluates a flag and tells all of it, as JSON.
    pub fn explain(&mut self, flag: usize) -> String {
        let mut report = Report::on(flag);
        let mut asked_for = Some(self.asked_for(flag));
        while let Some(part) = report.next_part() {
            self.tell(part, &mut asked_for, &mut report);
            report.end();
        }
        report.into_json()
    }

    /// Tells of one part. `asked_for` is what the first flag came to, until it is told of.
    fn tell(&mut self, part: Part<'a>, asked_for: &mut Option<Outcome>, report: &mut Report<'a>) {
        match part {
            Part::Flag(flag) => {
                let outcome = asked_for.take().unwrap_or_else(|| self.flag(flag));
                self.tell_flag(flag, &outcome, report);
            }
            Part::Condition(targeting, condition, own) => {
                self.tell_condition(targeting, condition, own, report);
            }
            Part::ServerCondition(rules, condition) => {
                self.tell_server_condition(rules, condition, report);
            }
            Part::ServerFilter(rules, condition, number) => {
                self.tell_server_filter(rules, condition, number, report);
            }
            Part::Filter(filter, negation, holder) => {
                self.tell_filter(filter, negation, holder, report);
            }
            Part::Group(group, holder) => self.tell_group(group, holder, report),
        }
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
        if !report.is_first_of_flag(flag) {
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
            Rules::Server(rules) => self.tell_server_rules(rules, outcome, report),
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
        let mut told = ToldHoldout {
            threshold: holdout.threshold,
            value: holdout.value.as_ref().ok().copied(),
            hash: None,
            matches: None,
        };
        if let Ok((Bucketed { value, .. }, _)) = own {
            told.hash = value
                .to_hashed_text()
                .ok()
                .map(|text| hashing::holdout(&text));
            told.matches = held_out(targeting, value).ok().map(|value| value.is_some());
        }
        report.holdout(told);
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
        report.condition_end(end);
        let rollout = match condition.rollout {
            None => Some(100.0),
            Some(Rollout::Threshold(threshold)) => Some(percentage(threshold)),
            Some(Rollout::Malformed(_)) => None,
        };
        let bucketed = about.ok().map(|(bucketed, _)| bucketed);
        let hash = bucketed.and_then(|bucketed| bucketed.rollout(&targeting.hasher).ok());
        let value = bucketed.and_then(|bucketed| variant(targeting, condition, &bucketed).ok());
        report.rollout(rollout, hash, value);
        let holder = about.map_or(PropertyHolder { absent: true }, |(_, holder)| holder);
        let filters = condition.filters.of(&self.definitions.condition_filters);
        let filters = filters.iter();
        report.consists_of(filters.map(|filter| Part::Filter(filter, false, holder)));
    }

    /// Whom a condition is about. Where nothing can be said of the subject of the flag, no condition is looked at.
    fn subject_of(&self, condition: &Condition, own: Own<'a>) -> Own<'a> {
        own?;
        if condition.malformed.is_some() {
            return Err(ConditionEnd::Undecided);
        }
        match self.about(condition) {
            Ok(About::SubjectOfFlag) => own,
            Ok(About::Group(bucketed, holder)) => Ok((bucketed, holder)),
            Ok(About::NoGroup) => Err(ConditionEnd::NoGroup),
            Ok(About::NotGiven) | Err(_) => Err(ConditionEnd::Undecided),
        }
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
        report.wording(key, wording);
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
                    && report.is_first_of_cohort(*cohort)
                {
                    let group = &definitions.cohorts[*cohort].group;
                    report.consists_of([Part::Group(group, holder)].into_iter());
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
