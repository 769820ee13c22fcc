//! The release conditions of a flag: posthog-node's `matchFeatureFlagProperties` and `isConditionMatch`.

use super::evaluation::Evaluation;
use super::hashes::Bucketed;
use super::property_holder::PropertyHolder;
use super::uncertainty::Uncertainty;
use super::visitor::{ConditionEnd, Decision, Visitor, place_of};
use crate::compiled::{
    Aggregation, Condition, ConditionFilter, FilterIndex, PropertyFilter, Rollout, Targeting,
    VariantOverride,
};
use crate::hashing;
use crate::js::host::Host;
use crate::js::value::Value;
use crate::matchers::Support;
use crate::outcome::{Fallback, Outcome, UnresolvedReason, ValueCode};

/// The result of a condition that could be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ConditionMatch {
    Match,
    NoMatch,
    /// The filters match, and the rollout excludes.
    OutOfRolloutBound,
}

impl ConditionMatch {
    /// What a visitor is told.
    pub(super) fn end(result: &Result<Self, Fallback>) -> ConditionEnd {
        match result {
            Ok(Self::Match) => ConditionEnd::Match,
            Ok(Self::NoMatch) => ConditionEnd::NoMatch,
            Ok(Self::OutOfRolloutBound) => ConditionEnd::OutOfRollout,
            Err(_) => ConditionEnd::Undecided,
        }
    }
}

/// Whom a condition is about.
#[derive(Debug, Clone, Copy)]
pub(super) enum About<'a> {
    /// The person or group that the flag is about.
    SubjectOfFlag,
    /// This group.
    Group(Bucketed<'a>, PropertyHolder),
    /// A group that the call does not name, or of an unknown type.
    NoGroup,
    /// A group of which the call gives no properties.
    NotGiven,
}

impl<'a, V: Visitor> Evaluation<'a, V> {
    /// Walks the conditions of a flag for the person or group with this bucketing value.
    pub(super) fn target(
        &mut self,
        targeting: &Targeting,
        bucketing_value: Value<'a>,
        holder: PropertyHolder,
    ) -> Outcome {
        if let Some(value) = held_out(targeting, bucketing_value)? {
            self.visitor.decided(place_of(targeting), Decision::Holdout);
            return Ok(value);
        }
        if let Some(message) = &targeting.malformed_conditions {
            return Err(Fallback::Thrown(message.clone()));
        }

        let mut uncertainty = Uncertainty::default();
        // The value that each condition with a regex for the server would have given if the regex had matched.
        let mut deferred: Vec<ValueCode> = Vec::new();
        let mut result = None;
        let own = self.scratch.hashes.bucket(bucketing_value, targeting);
        let definitions = self.definitions;
        for condition in targeting.conditions.of(&definitions.conditions) {
            if let Some(message) = &condition.malformed {
                return Err(Fallback::Thrown(message.clone()));
            }
            let group;
            let (bucketed, holder) = match self.about(condition)? {
                About::SubjectOfFlag => (&own, holder),
                About::Group(bucketed, holder) => {
                    group = bucketed;
                    (&group, holder)
                }
                About::NoGroup => {
                    let place = place_of(condition);
                    self.visitor.condition(place, ConditionEnd::NoGroup);
                    continue;
                }
                About::NotGiven => {
                    let place = place_of(condition);
                    self.visitor.condition(place, ConditionEnd::Undecided);
                    uncertainty.add(UnresolvedReason::MissingContext, false);
                    continue;
                }
            };
            let checked = self.condition(targeting, condition, bucketed, holder);
            let end = ConditionMatch::end(&checked);
            self.visitor.condition(place_of(condition), end);
            match &checked {
                Ok(ConditionMatch::Match) => {
                    result = Some(variant(targeting, condition, bucketed)?);
                    break;
                }
                Ok(ConditionMatch::OutOfRolloutBound) if targeting.early_exit => {
                    if uncertainty.reason.is_some() {
                        break;
                    }
                    return Ok(ValueCode::FALSE);
                }
                Ok(_) => {}
                Err(Fallback::RequiresServer { reason }) => {
                    // Later conditions are not tried; the reasons that they would have added come from the definition.
                    let known = self
                        .definition_reason(&targeting.definition_reason)
                        .ok()
                        .flatten();
                    let reason = reason.or_higher(uncertainty.reason).or_higher(known);
                    return Err(Fallback::RequiresServer { reason });
                }
                Err(Fallback::Inconclusive {
                    reason,
                    server_regex,
                }) => {
                    uncertainty.add(*reason, *server_regex);
                    if *server_regex {
                        let out =
                            targeting.early_exit && !in_rollout(targeting, condition, bucketed)?;
                        deferred.push(match out {
                            true => ValueCode::FALSE,
                            false => variant(targeting, condition, bucketed)?,
                        });
                    }
                }
                Err(other) => return Err(other.clone()),
            }
        }

        match result {
            // A later match cannot decide while an earlier regex may decide otherwise.
            Some(value) if deferred.iter().all(|other| *other == value) => Ok(value),
            _ => uncertainty
                .into_fallback()
                .map_or(Ok(ValueCode::FALSE), Err),
        }
    }

    /// Whom a condition is about: whom the flag is about, unless it says something else.
    pub(super) fn about(&self, condition: &Condition) -> Result<About<'a>, Fallback> {
        Ok(match condition.aggregation {
            Aggregation::Inherited => About::SubjectOfFlag,
            Aggregation::UnknownGroupType => About::NoGroup,
            Aggregation::Group(group) => match (self.group_key(group)?, self.value(group.given)) {
                (Value::Missing, _) => About::NoGroup,
                (_, Value::Missing) => About::NotGiven,
                (key, _) => About::Group(Bucketed::unknown(key), self.group_holder(group)),
            },
        })
    }

    pub(super) fn condition(
        &mut self,
        targeting: &Targeting,
        condition: &Condition,
        bucketed: &Bucketed<'a>,
        holder: PropertyHolder,
    ) -> Result<ConditionMatch, Fallback> {
        // A filter that cannot be checked does not stop the walk: another filter may still rule the condition out, or have a
        // reason of higher precedence.
        let mut uncertainty = Uncertainty::default();
        let mut requires_server = None;
        let mut cut_short = false;
        let definitions = self.definitions;
        for filter in condition.filters.of(&definitions.condition_filters) {
            match self.filter(filter, holder) {
                Ok(true) => {}
                Ok(false) => return Ok(ConditionMatch::NoMatch),
                Err(Fallback::RequiresServer { reason }) => {
                    // Only the first filter that cannot be checked ends the walk of the conditions.
                    if uncertainty.reason.is_none() {
                        requires_server = Some(reason);
                    }
                    uncertainty.add(reason, false);
                }
                Err(Fallback::Inconclusive {
                    reason,
                    server_regex,
                }) => uncertainty.add(reason, server_regex),
                Err(Fallback::Thrown(_))
                    if uncertainty.reason.is_some()
                        && !matches!(filter, ConditionFilter::Malformed(_)) =>
                {
                    cut_short = true;
                    break;
                }
                Err(other) => return Err(other),
            }
        }
        if let (Some(message), false) = (&condition.malformed_filters, cut_short) {
            return Err(Fallback::Thrown(message.clone()));
        }
        if let Some(reason) = requires_server {
            return Err(Fallback::RequiresServer { reason });
        }
        if let Some(fallback) = uncertainty.into_fallback() {
            return Err(fallback);
        }
        Ok(match in_rollout(targeting, condition, bucketed)? {
            true => ConditionMatch::Match,
            false => ConditionMatch::OutOfRolloutBound,
        })
    }

    /// One filter of a condition or a cohort.
    pub(super) fn filter(
        &mut self,
        filter: &ConditionFilter,
        holder: PropertyHolder,
    ) -> Result<bool, Fallback> {
        let result = match filter {
            ConditionFilter::Property(filter) => self.property(*filter, holder),
            ConditionFilter::Cohort(filter) => self.cohort_filter(filter, holder),
            ConditionFilter::Flag(dependency, _) => self.dependency(dependency),
            ConditionFilter::Throws(message) | ConditionFilter::Malformed(message) => {
                Err(Fallback::Thrown(message.clone()))
            }
        };
        self.visitor.filter(filter, &result);
        result
    }

    fn property(&mut self, filter: FilterIndex, holder: PropertyHolder) -> Result<bool, Fallback> {
        if holder.absent {
            return Err(Fallback::thrown(
                "a group was named without its properties being an object; pass groupProperties for it",
            ));
        }
        let (definitions, inputs, host) = (self.definitions, self.inputs, &self.host);
        self.scratch.answers.get(filter, || {
            let filter = &definitions.filters[filter as usize];
            test(filter, inputs.value(filter.slot), host)
        })
    }
}

fn test(filter: &PropertyFilter, value: Value<'_>, host: &dyn Host) -> Result<bool, Fallback> {
    match filter.matcher.matches(value, host) {
        Ok(answer) => Ok(answer),
        // That a filter can never be used has precedence over what the call lacks.
        Err(Fallback::MISSING_CONTEXT) => Err(match &filter.support {
            Support::Supported => Fallback::MISSING_CONTEXT,
            Support::Unsupported => Fallback::UNSUPPORTED,
            Support::IfDate(text) if host.parse_date(text).is_nan() => Fallback::UNSUPPORTED,
            Support::IfDate(_) => Fallback::MISSING_CONTEXT,
            Support::Throws(message) => Fallback::Thrown(message.clone()),
        }),
        failure => failure,
    }
}

/// The value of the holdout, if this bucketing value is in it.
pub(super) fn held_out(
    targeting: &Targeting,
    bucketing_value: Value<'_>,
) -> Result<Option<ValueCode>, Fallback> {
    let holdout = match &targeting.holdout {
        Ok(None) => return Ok(None),
        Ok(Some(holdout)) => holdout,
        Err(message) => return Err(Fallback::Thrown(message.clone())),
    };
    let held_out = match holdout.threshold {
        None => true,
        Some(threshold) => hashing::holdout(&bucketing_value.to_hashed_text()?) <= threshold,
    };
    match (&holdout.value, held_out) {
        (_, false) => Ok(None),
        (Ok(value), true) => Ok(Some(*value)),
        (Err(message), true) => Err(Fallback::Thrown(message.clone())),
    }
}

fn in_rollout(
    targeting: &Targeting,
    condition: &Condition,
    bucketed: &Bucketed<'_>,
) -> Result<bool, Fallback> {
    match &condition.rollout {
        None => Ok(true),
        // No hash lies above one; NaN excludes nobody.
        Some(Rollout::Threshold(threshold)) if *threshold >= 1.0 || threshold.is_nan() => {
            bucketed.value.to_hashed_text().map(|_| true)
        }
        Some(Rollout::Threshold(threshold)) => {
            Ok(bucketed.rollout(&targeting.hasher)? <= *threshold)
        }
        Some(Rollout::Malformed(message)) => {
            bucketed.value.to_hashed_text()?;
            Err(Fallback::Thrown(message.clone()))
        }
    }
}

/// The value of a flag whose condition matches.
pub(super) fn variant(
    targeting: &Targeting,
    condition: &Condition,
    bucketed: &Bucketed<'_>,
) -> Outcome {
    match &condition.variant_override {
        VariantOverride::Value(value) => return Ok(*value),
        VariantOverride::Malformed(message) => return Err(Fallback::Thrown(message.clone())),
        VariantOverride::None => {}
    }
    let variants = &targeting.variants;
    if let Some(message) = &variants.malformed {
        bucketed.value.to_hashed_text()?;
        return Err(Fallback::Thrown(message.clone()));
    }
    if variants.ranges.is_empty() {
        bucketed.value.to_hashed_text()?;
        return Ok(ValueCode::TRUE);
    }
    Ok(variants.pick(bucketed.variant(&targeting.hasher)?))
}

#[cfg(test)]
#[path = "conditions_tests.rs"]
mod tests;
