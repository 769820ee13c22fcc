//! What flags mean, as numbers that can be compared.
//!
//! The order of keys, formatting and the ids of flags, cohorts and group types are not part of the meaning; whatever a flag
//! reads is, also of cohorts and of other flags.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::definitions::{
    Aggregation, CohortReference, CompiledDefinitions, CompiledFlag, Condition, ConditionFilter,
    DependencyLink, DependencyTarget, Digest, ExpectedValue, FlagDependency, Holdout,
    PropertyFilter, PropertyGroup, Rollout, Rules, Subject, Targeting, VariantOverride,
};
use super::input::{GroupSlots, Input};
use super::references::Reference;
use super::texts::{TextSet, narrow};
use crate::js::json::Json;

/// How deep a payload may nest whose keys may come in any order. A deeper one is compared as text.
const MOST_LEVELS: usize = 100;

/// The meaning of each test of a property. `tests` has the slot, operator and value of each, see `property_filter`.
pub fn of_tests(
    tests: &TextSet,
    filters: &[PropertyFilter],
    inputs: &[Input],
    version: Option<&Json>,
) -> Box<[Digest]> {
    let mut version_text = String::new();
    if let Some(version) = version {
        version.write(&mut version_text);
    }
    let digest = |(place, filter): (usize, &PropertyFilter)| {
        let mut parts = tests.get(place).splitn(3, '\0').skip(1);
        let operator = match parts.next() {
            // What stands for `exact` in posthog-node too.
            None | Some("" | "null" | "\"\"") => "\"exact\"",
            Some(operator) => operator,
        };
        digest_of(|state| {
            inputs.get(filter.slot).hash(state);
            (operator, parts.next(), &version_text).hash(state);
        })
    };
    filters.iter().enumerate().map(digest).collect()
}

impl CompiledDefinitions {
    /// What each flag means, by its index. Worked out when it is first asked for.
    pub fn digests(&self) -> &[Digest] {
        self.digests.get_or_init(|| Meanings::new(self).of_flags())
    }
}

fn digest_of(write: impl FnOnce(&mut DefaultHasher)) -> Digest {
    let mut state = DefaultHasher::new();
    write(&mut state);
    state.finish()
}

/// The meanings found so far.
pub(super) struct Meanings<'d> {
    pub(super) definitions: &'d CompiledDefinitions,
    flags: Vec<Meaning>,
    cohorts: Vec<Meaning>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Unknown,
    /// What it refers to has to be found first.
    UnderWay,
    Known(Digest),
}

impl<'d> Meanings<'d> {
    fn new(definitions: &'d CompiledDefinitions) -> Self {
        Self {
            definitions,
            flags: vec![Meaning::Unknown; definitions.flags.len()],
            // One of these two is empty: all cohorts of a document are compiled for the same semantics.
            cohorts: vec![
                Meaning::Unknown;
                definitions.cohorts.len() + definitions.server_cohorts.len()
            ],
        }
    }

    fn of_flags(mut self) -> Box<[Digest]> {
        for index in 0..self.flags.len() {
            self.find(Reference::Flag(narrow(index)));
        }
        let known = |meaning: &Meaning| match meaning {
            Meaning::Known(digest) => *digest,
            _ => 0,
        };
        self.flags.iter().map(known).collect()
    }

    /// Finds the meaning of a flag or a cohort after that of whatever it refers to. A list keeps what is still to be done, for
    /// chains of references may be longer than the stack allows.
    fn find(&mut self, first: Reference) {
        let mut pending = vec![first];
        while let Some(reference) = pending.last().copied() {
            match self.get(reference) {
                Meaning::Known(_) => {
                    pending.pop();
                }
                Meaning::UnderWay => {
                    pending.pop();
                    let digest = self.digest(reference);
                    self.set(reference, Meaning::Known(digest));
                }
                Meaning::Unknown => {
                    self.set(reference, Meaning::UnderWay);
                    let all = &self.definitions.references;
                    let references = match reference {
                        Reference::Flag(flag) => all.flags.get(flag),
                        Reference::Cohort(cohort) => all.cohorts.get(cohort),
                        Reference::Slot(_) => &[],
                    };
                    let unknown = references
                        .iter()
                        .filter(|each| self.get(**each) == Meaning::Unknown);
                    pending.extend(unknown);
                }
            }
        }
    }

    fn get(&self, reference: Reference) -> Meaning {
        let found = match reference {
            Reference::Flag(flag) => self.flags.get(flag as usize),
            Reference::Cohort(cohort) => self.cohorts.get(cohort as usize),
            Reference::Slot(_) => None,
        };
        found.copied().unwrap_or(Meaning::Known(0))
    }

    fn set(&mut self, reference: Reference, meaning: Meaning) {
        let place = match reference {
            Reference::Flag(flag) => self.flags.get_mut(flag as usize),
            Reference::Cohort(cohort) => self.cohorts.get_mut(cohort as usize),
            Reference::Slot(_) => None,
        };
        if let Some(place) = place {
            *place = meaning;
        }
    }

    fn digest(&self, reference: Reference) -> Digest {
        digest_of(|state| match reference {
            Reference::Flag(index) => {
                let index = index as usize;
                if let Some(flag) = self.definitions.flags.get(index) {
                    self.flag(index, flag, state);
                }
            }
            Reference::Cohort(index) => {
                let index = index as usize;
                if let Some(cohort) = self.definitions.cohorts.get(index) {
                    self.group(&cohort.group, state);
                } else if let Some(tree) = self.definitions.server_cohorts.get(index) {
                    self.tree(tree, state);
                }
            }
            Reference::Slot(_) => {}
        })
    }

    fn flag(&self, index: usize, flag: &CompiledFlag, state: &mut DefaultHasher) {
        match &flag.rules {
            Rules::Inactive => 0.hash(state),
            Rules::Undecided(reason) => (1, *reason as u8).hash(state),
            Rules::Malformed(message) => (2, message).hash(state),
            Rules::Unreadable(message) => (3, message).hash(state),
            Rules::Targeting(targeting) => self.targeting(targeting, state),
            Rules::Server(rules) => self.server_rules(rules, state),
        }
        flag.values.len().hash(state);
        for value in &flag.values {
            json(value, MOST_LEVELS, state);
        }
        self.described(index, state);
    }

    /// What is known of a flag apart from its rules: its payloads, and where it is for.
    fn described(&self, index: usize, state: &mut DefaultHasher) {
        let text = self.definitions.description.of_index(index);
        let Ok(described) = Json::parse(text.as_bytes()) else {
            text.hash(state);
            return;
        };
        match described.get("evaluation_runtime") {
            Some(Json::String(runtime)) if matches!(&**runtime, "client" | "server") => {
                runtime.hash(state);
            }
            _ => "all".hash(state),
        }
        let Some(Json::Object(payloads)) = described.get("payloads") else {
            return;
        };
        let mut payloads: Vec<_> = payloads.iter().collect();
        payloads.sort_unstable_by_key(|(value, _)| *value);
        for (value, payload) in payloads {
            value.hash(state);
            let parsed = match payload {
                // It is JSON in a text.
                Json::String(text) => Json::parse(text.as_bytes()).ok(),
                _ => None,
            };
            json(parsed.as_ref().unwrap_or(payload), MOST_LEVELS, state);
        }
    }

    fn targeting(&self, targeting: &Targeting, state: &mut DefaultHasher) {
        4.hash(state);
        match &targeting.subject {
            Subject::Person => 0.hash(state),
            Subject::Device(slot) => (1, self.definitions.inputs.get(*slot)).hash(state),
            Subject::Group(group) => (2, self.group_type(*group)).hash(state),
            Subject::UnknownGroupType => 3.hash(state),
        }
        match &targeting.holdout {
            Ok(None) => 0.hash(state),
            Ok(Some(holdout)) => {
                let Holdout { threshold, value } = &**holdout;
                (1, threshold.map(f64::to_bits), value).hash(state);
            }
            Err(message) => (2, message).hash(state),
        }
        let conditions = targeting.conditions.of(&self.definitions.conditions);
        conditions.len().hash(state);
        for each in conditions {
            self.condition(each, state);
        }
        let variants = &targeting.variants;
        variants.ranges.len().hash(state);
        for range in &variants.ranges {
            (range.min.to_bits(), range.max.to_bits(), range.value).hash(state);
        }
        let malformed = (&targeting.malformed_conditions, &variants.malformed);
        (malformed, targeting.early_exit).hash(state);
    }

    fn condition(&self, condition: &Condition, state: &mut DefaultHasher) {
        match condition.aggregation {
            Aggregation::Inherited => 0.hash(state),
            Aggregation::Group(group) => (1, self.group_type(group)).hash(state),
            Aggregation::UnknownGroupType => 2.hash(state),
        }
        let filters = condition.filters.of(&self.definitions.condition_filters);
        filters.len().hash(state);
        for filter in filters {
            self.filter(filter, state);
        }
        match &condition.rollout {
            // No hash is larger than 1.
            Some(Rollout::Threshold(threshold)) if *threshold < 1.0 => {
                (0, threshold.to_bits()).hash(state);
            }
            None | Some(Rollout::Threshold(_)) => 1.hash(state),
            Some(Rollout::Malformed(message)) => (2, message).hash(state),
        }
        match &condition.variant_override {
            VariantOverride::None => 0.hash(state),
            VariantOverride::Value(value) => (1, value).hash(state),
            VariantOverride::Malformed(message) => (2, message).hash(state),
        }
        (&condition.malformed, &condition.malformed_filters).hash(state);
    }

    fn filter(&self, filter: &ConditionFilter, state: &mut DefaultHasher) {
        match filter {
            ConditionFilter::Property(test) => {
                (0, self.definitions.test_digests.get(*test as usize)).hash(state);
            }
            ConditionFilter::Cohort(filter) => {
                (1, filter.negated).hash(state);
                match &filter.cohort {
                    CohortReference::Known(cohort) => {
                        self.refer(Reference::Cohort(narrow(*cohort)), state);
                    }
                    CohortReference::Missing => 1.hash(state),
                    // The messages name the id.
                    CohortReference::Throws(_) => 2.hash(state),
                    CohortReference::Unreadable(_) => 3.hash(state),
                }
            }
            ConditionFilter::Flag(dependency, _) => {
                2.hash(state);
                self.dependency(dependency, state);
            }
            ConditionFilter::Throws(message) => (3, message).hash(state),
            ConditionFilter::Malformed(message) => (4, message).hash(state),
        }
    }

    fn dependency(&self, dependency: &FlagDependency, state: &mut DefaultHasher) {
        let FlagDependency::Chain {
            links,
            target,
            expected,
        } = dependency
        else {
            0.hash(state);
            return;
        };
        (1, links.len()).hash(state);
        for link in links {
            self.link(*link, state);
        }
        match target {
            DependencyTarget::Link(link) => self.link(*link, state),
            DependencyTarget::Elsewhere(None) => 2.hash(state),
            DependencyTarget::Elsewhere(Some(flag)) => {
                self.refer(Reference::Flag(narrow(*flag)), state);
            }
        }
        match expected {
            ExpectedValue::Bool(value) => (0, value).hash(state),
            ExpectedValue::Variant(variant) => (1, variant).hash(state),
            ExpectedValue::Never => 2.hash(state),
        }
    }

    fn link(&self, link: DependencyLink, state: &mut DefaultHasher) {
        match link {
            DependencyLink::Flag(flag) => self.refer(Reference::Flag(narrow(flag)), state),
            DependencyLink::Off => 1.hash(state),
        }
    }

    /// What something refers to is part of its meaning; of a flag its key as well, by which it is hashed.
    #[inline(never)]
    pub(super) fn refer(&self, reference: Reference, state: &mut DefaultHasher) {
        if let Reference::Flag(flag) = reference {
            self.definitions.description.key(flag as usize).hash(state);
        }
        match self.get(reference) {
            Meaning::Known(digest) => (0, digest).hash(state),
            // It refers to itself.
            Meaning::UnderWay | Meaning::Unknown => 1.hash(state),
        }
    }

    fn group(&self, group: &PropertyGroup, state: &mut DefaultHasher) {
        match group {
            PropertyGroup::Everyone => 0.hash(state),
            PropertyGroup::UnsupportedType => 1.hash(state),
            PropertyGroup::Groups { join, groups } => {
                (2, *join as u8, groups.len()).hash(state);
                for each in groups {
                    self.group(each, state);
                }
            }
            PropertyGroup::Filters { join, filters } => {
                (3, *join as u8, filters.len()).hash(state);
                for member in filters {
                    member.negation.hash(state);
                    self.filter(&member.filter, state);
                }
            }
            PropertyGroup::Throws(message) => (4, message).hash(state),
        }
    }

    pub(super) fn group_type(&self, group: GroupSlots) -> Option<&Input> {
        self.definitions.inputs.get(group.key)
    }
}

/// Adds a value, whatever the order of keys in it.
fn json(value: &Json, levels: usize, state: &mut DefaultHasher) {
    if levels == 0 {
        let mut text = String::new();
        value.write(&mut text);
        text.hash(state);
        return;
    }
    match value {
        Json::Null => 0.hash(state),
        Json::Bool(value) => (1, value).hash(state),
        Json::Number(number) => (2, number.to_bits()).hash(state),
        Json::String(text) => (3, text).hash(state),
        Json::Array(items) => {
            (4, items.len()).hash(state);
            for item in items {
                json(item, levels - 1, state);
            }
        }
        Json::Object(fields) => {
            (5, fields.len()).hash(state);
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(key, _)| *key);
            for (key, value) in fields {
                key.hash(state);
                json(value, levels - 1, state);
            }
        }
    }
}

#[cfg(test)]
#[path = "digests_tests.rs"]
mod tests;
