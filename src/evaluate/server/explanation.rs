//! How a flag comes to its value by the server's rules: the parts of a [`Report`] that these consist of.

use std::borrow::Cow;

use super::shares::hash;
use crate::compiled::Wording;
use crate::compiled::server::{
    ServerCondition, ServerFilter, ServerGroup, ServerHoldout, ServerRules,
};
use crate::evaluate::evaluation::Evaluation;
use crate::evaluate::report::{Part, Report, ToldHoldout, percentage};
use crate::evaluate::visitor::{ConditionEnd, Decision, Recorder, place_of};
use crate::outcome::{Outcome, ValueCode};

impl<'a> Evaluation<'a, Recorder> {
    /// Tells of the rules of a flag that has come to `outcome`.
    pub(in crate::evaluate) fn tell_server_rules(
        &self,
        rules: &'a ServerRules,
        outcome: &Outcome,
        report: &mut Report<'a>,
    ) {
        if let Some(ServerHoldout { threshold, value }) = rules.holdout {
            let matches = match self.visitor.decision_of(rules) {
                Some(Decision::Holdout) => Some(true),
                None if outcome.is_ok() => Some(false),
                _ => None,
            };
            report.holdout(ToldHoldout {
                threshold,
                value: Some(value),
                hash: None,
                matches,
            });
        }
        let conditions = rules.conditions.iter();
        report.consists_of(conditions.map(|condition| Part::ServerCondition(rules, condition)));
    }

    pub(in crate::evaluate) fn tell_server_condition(
        &mut self,
        rules: &'a ServerRules,
        condition: &'a ServerCondition,
        report: &mut Report<'a>,
    ) {
        let end = self.end_of_server_condition(condition, rules);
        report.begin("condition");
        if let Some(end) = end {
            report.condition_end(end);
        }
        let rollout = condition.rollout.map_or(100.0, percentage);
        let hash = self.server_bucket(condition, rules);
        let value = self.server_variant(condition, rules);
        report.rollout(Some(rollout), hash, value);
        let filters = 0..condition.wordings.len();
        report.consists_of(filters.map(|number| Part::ServerFilter(rules, condition, number)));
    }

    pub(in crate::evaluate) fn tell_server_filter(
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
        report.wording("key", Wording::read(self.definitions.wordings.get(wording)));
        report.matches(matches);
        if let Some(ServerFilter::Flag { flag, .. }) = filter {
            report.consists_of(flag.map(Part::Flag).into_iter());
        }
    }

    /// What a condition comes to, if that can be told.
    fn end_of_server_condition(
        &mut self,
        condition: &ServerCondition,
        rules: &ServerRules,
    ) -> Option<ConditionEnd> {
        let told = self.visitor.end_of(condition);
        told.or_else(|| {
            let is_complete = self.is_complete(rules);
            let tried =
                self.on_an_empty_stack(|it| it.try_condition(condition, rules, is_complete));
            tried.ok().map(|tried| tried.end())
        })
    }

    /// Whether a filter of a condition matches, if that can be told. Those on cohorts are counted last.
    fn matches_server_filter(
        &mut self,
        condition: &ServerCondition,
        rules: &ServerRules,
        number: usize,
    ) -> Option<bool> {
        let is_complete = self.is_complete(rules);
        let count = condition.filters.len();
        if let Some(filter) = condition.filters.get(number) {
            let told = self.visitor.answer_at(place_of(filter));
            return told.unwrap_or_else(|| {
                let answer = self.on_an_empty_stack(|it| it.server_filter(filter, is_complete));
                answer.ok()?.known()
            });
        }
        let test = condition.cohorts.as_deref()?.get(number - count)?;
        let told = self.visitor.answer_at(place_of(test));
        told.unwrap_or_else(|| self.cohort_test(test, is_complete).known())
    }

    /// The hash that decides the rollout of a condition, if it can be told.
    fn server_bucket(&self, condition: &ServerCondition, rules: &ServerRules) -> Option<f64> {
        let id = self.hashed_id(condition, rules)?;
        Some(hash(&id, |id| rules.hasher.rollout(id)))
    }

    /// What a condition gives if it matches, if that can be told.
    fn server_variant(
        &self,
        condition: &ServerCondition,
        rules: &ServerRules,
    ) -> Option<ValueCode> {
        condition.variant.or(rules.variants.for_all).or_else(|| {
            let id = self.hashed_id(condition, rules)?;
            let hash = hash(&id, |id| rules.hasher.variant(id));
            Some(rules.variants.of_hash(hash))
        })
    }

    /// The id of the person, the device or the group that a condition is about.
    fn hashed_id(&self, condition: &ServerCondition, rules: &ServerRules) -> Option<Cow<'a, str>> {
        let is_complete = self.is_complete(rules);
        match (condition.group, rules.device) {
            (Some(ServerGroup::Known(group)), _) => self.usable_key(group.key).ok()?,
            (Some(ServerGroup::Unknown), _) => None,
            (None, Some(slot)) => self.device(slot, is_complete).ok()?,
            (None, None) if rules.has_continuity => None,
            (None, None) => self.distinct_id(),
        }
    }
}
