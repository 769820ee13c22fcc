//! What is told of a condition beside what it comes to.

use std::borrow::Cow;

use super::shares::hash;
use crate::compiled::server::{ServerCondition, ServerGroup, ServerRules};
use crate::evaluate::evaluation::Evaluation;
use crate::evaluate::visitor::{ConditionEnd, Recorder, place_of};
use crate::outcome::ValueCode;

impl<'a> Evaluation<'a, Recorder> {
    /// What a condition comes to, if that can be told.
    pub(in crate::evaluate) fn end_of_server_condition(
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
    pub(in crate::evaluate) fn matches_server_filter(
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
    pub(in crate::evaluate) fn server_bucket(
        &self,
        condition: &ServerCondition,
        rules: &ServerRules,
    ) -> Option<f64> {
        let id = self.hashed_id(condition, rules)?;
        Some(hash(&id, |id| rules.hasher.rollout(id)))
    }

    /// What a condition gives if it matches, if that can be told.
    pub(in crate::evaluate) fn server_variant(
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
