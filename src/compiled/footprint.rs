//! How much memory compiled definitions take.

use std::borrow::Cow;
use std::sync::Arc;

use super::definitions::{
    CohortReference, CompiledCohort, CompiledDefinitions, CompiledFlag, Condition, ConditionFilter,
    ExpectedValue, FlagDependency, PropertyFilter, PropertyGroup, Rollout, Rules, SubjectHashes,
    Targeting, VariantOverride,
};
use super::input::Input;
use super::reason::DefinitionReason;
use super::server::CohortTree;
use crate::footprint::{boxed, list, text};
use crate::js::json::Json;
use crate::matchers::Support;

impl CompiledDefinitions {
    /// How many bytes all this takes, apart from regular expressions, whose size the compiler adds.
    pub fn footprint(&self) -> usize {
        let hashes =
            |hashes: &SubjectHashes| hashes.rollouts.footprint() + hashes.variants.footprint();
        boxed(self)
            + list(&self.flags, flag)
            + list(&self.cohorts, cohort)
            + list(&self.server_cohorts, CohortTree::footprint)
            + list(&self.conditions, condition)
            + list(&self.condition_filters, condition_filter)
            + list(&self.filters, filter)
            + list(&self.inputs, input)
            + list(&self.hashes, hashes)
            + boxed(&*self.shortcuts)
            + boxed(&*self.test_digests)
            + self.tests.size()
            + self.wordings.size()
            + self.references.footprint()
            + self.description.size()
    }
}

fn flag(flag: &CompiledFlag) -> usize {
    let rules = match &flag.rules {
        Rules::Inactive | Rules::Undecided(_) => 0,
        Rules::Server(rules) => boxed(&**rules) + rules.footprint(),
        Rules::Malformed(message) | Rules::Unreadable(message) => boxed(&**message),
        Rules::Targeting(rules) => targeting(rules),
    };
    rules + list(&flag.values, json) + boxed(&*flag.without_payload)
}

fn targeting(targeting: &Targeting) -> usize {
    let holdout = match &targeting.holdout {
        Ok(holdout) => holdout.as_deref().map_or(0, |holdout| {
            boxed(holdout)
                + holdout
                    .value
                    .as_ref()
                    .map_or_else(|message| boxed(&**message), |_| 0)
        }),
        Err(message) => boxed(&**message),
    };
    targeting.hasher.footprint()
        + holdout
        + text(targeting.malformed_conditions.as_deref())
        + boxed(&*targeting.variants.ranges)
        + text(targeting.variants.malformed.as_deref())
        + reason(&targeting.definition_reason)
}

fn reason(reason: &DefinitionReason) -> usize {
    let known = reason.known.as_ref();
    known.map_or_else(|message| boxed(&**message), |_| 0)
        // Each of the flags that share a list counts its part of it.
        + list(&reason.dates, |texts| {
            list(texts, |text| boxed(&**text)) / Arc::strong_count(texts)
        })
}

fn condition(condition: &Condition) -> usize {
    let rollout = match &condition.rollout {
        Some(Rollout::Malformed(message)) => boxed(&**message),
        _ => 0,
    };
    let variant = match &condition.variant_override {
        VariantOverride::Malformed(message) => boxed(&**message),
        _ => 0,
    };
    text(condition.malformed.as_deref())
        + text(condition.malformed_filters.as_deref())
        + rollout
        + variant
}

fn condition_filter(filter: &ConditionFilter) -> usize {
    match filter {
        ConditionFilter::Property(_) => 0,
        ConditionFilter::Cohort(filter) => {
            boxed(&**filter)
                + match &filter.cohort {
                    CohortReference::Throws(message) | CohortReference::Unreadable(message) => {
                        boxed(&**message)
                    }
                    CohortReference::Known(_) | CohortReference::Missing => 0,
                }
        }
        ConditionFilter::Flag(dependency, _) => {
            boxed(&**dependency)
                + match &**dependency {
                    FlagDependency::Unsupported => 0,
                    FlagDependency::Chain {
                        links, expected, ..
                    } => {
                        boxed(&**links)
                            + match expected {
                                ExpectedValue::Variant(variant) => boxed(&**variant),
                                _ => 0,
                            }
                    }
                }
        }
        ConditionFilter::Throws(message) | ConditionFilter::Malformed(message) => boxed(&**message),
    }
}

fn filter(filter: &PropertyFilter) -> usize {
    let support = match &filter.support {
        Support::IfDate(text) | Support::Throws(text) => boxed(&**text),
        Support::Supported | Support::Unsupported => 0,
    };
    filter.matcher.footprint() + support
}

fn cohort(cohort: &CompiledCohort) -> usize {
    boxed(&*cohort.name) + group(&cohort.group)
}

fn group(part: &PropertyGroup) -> usize {
    match part {
        PropertyGroup::Everyone | PropertyGroup::UnsupportedType => 0,
        PropertyGroup::Groups { groups, .. } => list(groups, group),
        PropertyGroup::Filters { filters, .. } => {
            list(filters, |member| condition_filter(&member.filter))
        }
        PropertyGroup::Throws(message) => boxed(&**message),
    }
}

fn input(input: &Input) -> usize {
    match input {
        Input::DistinctId | Input::Complete => 0,
        Input::Person(name) | Input::GroupKey(name) | Input::GroupGiven(name) => boxed(&**name),
        Input::Group(group, name) => boxed(&**group) + boxed(&**name),
    }
}

fn json(value: &Json) -> usize {
    match value {
        Json::Null | Json::Bool(_) | Json::Number(_) => 0,
        Json::String(text) => boxed(&**text),
        Json::Array(items) => list(items, json),
        Json::Object(fields) => fields
            .iter()
            .map(|(key, value)| boxed(key) + size_of::<(Cow<'_, str>, Json<'_>)>() + json(value))
            .sum(),
    }
}
