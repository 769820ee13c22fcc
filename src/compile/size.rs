//! About how many bytes compiled definitions take, from a walk over them: a text says little of it, for `{}` may be a condition.

use crate::compiled::{
    CompiledCohort, CompiledDefinitions, CompiledFlag, Condition, ConditionFilter, FlagDependency,
    Input, PropertyFilter, PropertyGroup, Rules, SubjectHashes, Targeting,
};
use crate::json::Json;

/// What an allocation takes beside what is in it.
const ALLOCATION: usize = 16;

/// What a hash takes in a batch: a block, its length and some padding.
const HASH: usize = 80;

/// The size of all but what the matchers of filters hold.
pub fn of(definitions: &CompiledDefinitions) -> usize {
    let CompiledDefinitions {
        flags,
        cohorts,
        filters,
        inputs,
        references,
        hashes,
        shortcuts,
        description,
        size: _,
    } = definitions;
    each(flags, flag)
        + each(cohorts, cohort)
        + each(filters, |_: &PropertyFilter| 0)
        + each(inputs, input)
        + each(hashes, batches)
        + references.size()
        + size_of_val(&**shortcuts)
        + description.size()
}

/// The size of a list, whose items hold more.
fn each<T>(items: &[T], held: impl Fn(&T) -> usize) -> usize {
    ALLOCATION + size_of_val(items) + items.iter().map(held).sum::<usize>()
}

fn input(input: &Input) -> usize {
    match input {
        Input::DistinctId => 0,
        Input::Person(text) | Input::GroupKey(text) | Input::GroupGiven(text) => {
            ALLOCATION + text.len()
        }
        Input::Group(group, key) => 2 * ALLOCATION + group.len() + key.len(),
    }
}

fn batches(hashes: &SubjectHashes) -> usize {
    HASH * (hashes.rollouts.len() + hashes.variants.len())
}

fn flag(flag: &CompiledFlag) -> usize {
    let rules = match &flag.rules {
        Rules::Targeting(targeting) => {
            let Targeting {
                conditions,
                variants,
                definition_reason,
                ..
            } = &**targeting;
            // A hasher holds the key of the flag twice.
            3 * ALLOCATION
                + size_of::<Targeting>()
                + each(conditions, condition)
                + size_of_val(&*variants.ranges)
                + size_of_val(&*definition_reason.dates)
        }
        Rules::Malformed(message) => message.len(),
        Rules::Inactive | Rules::ExperienceContinuity => 0,
    };
    rules + each(&flag.values, json)
}

fn condition(condition: &Condition) -> usize {
    each(&condition.filters, filter)
}

fn filter(filter: &ConditionFilter) -> usize {
    match filter {
        ConditionFilter::Property(_) => 0,
        ConditionFilter::Cohort(cohort) => ALLOCATION + size_of_val(&**cohort),
        ConditionFilter::Flag(dependency) => {
            let links = match &**dependency {
                FlagDependency::Unsupported => 0,
                FlagDependency::Chain { links, .. } => size_of_val(&**links),
            };
            2 * ALLOCATION + size_of_val(&**dependency) + links
        }
        ConditionFilter::Throws(message) | ConditionFilter::Malformed(message) => message.len(),
    }
}

fn cohort(cohort: &CompiledCohort) -> usize {
    cohort.name.len() + group(&cohort.group)
}

/// Groups are no deeper than JSON is read.
fn group(outer: &PropertyGroup) -> usize {
    match outer {
        PropertyGroup::Groups { groups, .. } => each(groups, group),
        PropertyGroup::Filters { filters, .. } => each(filters, |member| filter(&member.filter)),
        PropertyGroup::Throws(message) => message.len(),
        PropertyGroup::Everyone | PropertyGroup::UnsupportedType => 0,
    }
}

/// A value of a flag; hardly ever anything but a text.
fn json(value: &Json) -> usize {
    match value {
        Json::String(text) => ALLOCATION + text.len(),
        Json::Array(items) => each(items, json),
        Json::Object(fields) => {
            let held = fields
                .iter()
                .map(|(key, value)| 2 * ALLOCATION + key.len() + size_of::<Json>() + json(value));
            held.sum()
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => 0,
    }
}
