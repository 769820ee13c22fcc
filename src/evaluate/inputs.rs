//! Which inputs a single flag reads.

use std::collections::BTreeSet;

use crate::compiled::{
    Aggregation, CohortReference, CompiledDefinitions, ConditionFilter, DependencyLink,
    DependencyTarget, FlagDependency, GroupSlots, PropertyFilter, PropertyGroup, Rules, Slot,
    Subject,
};

impl CompiledDefinitions {
    /// The slots that a flag reads, with the cohorts and the flags it refers to, in order.
    pub fn slots_of(&self, flag: usize) -> Vec<Slot> {
        let mut walk = Walk {
            filters: &self.filters,
            slots: BTreeSet::from([0]),
            flags: BTreeSet::new(),
            cohorts: BTreeSet::new(),
            pending_flags: vec![flag],
            pending_cohorts: Vec::new(),
        };
        loop {
            if let Some(flag) = walk.pending_flags.pop() {
                if walk.flags.insert(flag) && flag < self.flags.len() {
                    walk.rules(&self.flags[flag].rules);
                }
            } else if let Some(cohort) = walk.pending_cohorts.pop() {
                if walk.cohorts.insert(cohort) {
                    walk.group(&self.cohorts[cohort].group);
                }
            } else {
                return walk.slots.into_iter().collect();
            }
        }
    }
}

struct Walk<'d> {
    filters: &'d [PropertyFilter],
    slots: BTreeSet<Slot>,
    flags: BTreeSet<usize>,
    cohorts: BTreeSet<usize>,
    pending_flags: Vec<usize>,
    pending_cohorts: Vec<usize>,
}

impl Walk<'_> {
    fn rules(&mut self, rules: &Rules) {
        let Rules::Targeting(targeting) = rules else {
            return;
        };
        match &targeting.subject {
            Subject::Device(slot) => {
                self.slots.insert(*slot);
            }
            Subject::Group(group) => self.group_slots(*group),
            Subject::Person | Subject::UnknownGroupType => {}
        }
        for condition in &targeting.conditions {
            if let Aggregation::Group(group) = condition.aggregation {
                self.group_slots(group);
            }
            for filter in &condition.filters {
                self.filter(filter);
            }
        }
    }

    fn group_slots(&mut self, group: GroupSlots) {
        self.slots.extend([group.key, group.given]);
    }

    fn filter(&mut self, filter: &ConditionFilter) {
        match filter {
            ConditionFilter::Property(filter) => {
                self.slots.insert(self.filters[*filter as usize].slot);
            }
            ConditionFilter::Cohort(filter) => {
                if let CohortReference::Known(cohort) = filter.cohort {
                    self.pending_cohorts.push(cohort);
                }
            }
            ConditionFilter::Flag(dependency) => {
                let FlagDependency::Chain { links, target, .. } = &**dependency else {
                    return;
                };
                for link in links {
                    if let DependencyLink::Flag(flag) = link {
                        self.pending_flags.push(*flag);
                    }
                }
                if let DependencyTarget::Elsewhere(Some(flag)) = target {
                    self.pending_flags.push(*flag);
                }
            }
            ConditionFilter::Throws(_) | ConditionFilter::Malformed(_) => {}
        }
    }

    fn group(&mut self, group: &PropertyGroup) {
        match group {
            PropertyGroup::Groups { groups, .. } => {
                groups.iter().for_each(|group| self.group(group))
            }
            PropertyGroup::Filters { filters, .. } => filters
                .iter()
                .for_each(|member| self.filter(&member.filter)),
            PropertyGroup::Everyone | PropertyGroup::UnsupportedType | PropertyGroup::Throws(_) => {
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::compiled::Input;
    use crate::testing::{definitions, flags};

    #[test]
    fn a_flag_reads_what_its_cohorts_and_dependencies_read() {
        let definitions = definitions(
            r#"{"flags":[
                {"key":"a","active":true,"filters":{"groups":[{"properties":[
                    {"type":"flag","key":"b","value":true,"dependency_chain":["b"]},{"type":"cohort","value":1}]}]}},
                {"key":"b","active":true,"filters":{"groups":[{"properties":[{"key":"of-b","value":"x"}]}]}},
                {"key":"c","active":true,"filters":{"groups":[{"properties":[{"key":"of-c","value":"x"}]}]}}],
              "cohorts":{"1":{"type":"AND","values":[{"key":"of-cohort","value":"x"}]}}}"#,
        );
        let read: Vec<_> = definitions
            .slots_of(0)
            .into_iter()
            .map(|slot| &definitions.inputs[slot])
            .collect();
        assert!(read.contains(&&Input::DistinctId));
        assert!(read.contains(&&Input::Person("of-b".into())));
        assert!(read.contains(&&Input::Person("of-cohort".into())));
        assert!(!read.contains(&&Input::Person("of-c".into())));
    }

    #[test]
    fn a_flag_reads_the_groups_that_it_and_its_conditions_are_about() {
        let definitions = flags(
            r#"{"key":"group","active":true,"filters":{"aggregation_group_type_index":0,"groups":[
                   {"properties":[{"key":"tier","value":"gold"}]}]}},
               {"key":"mixed","active":true,"filters":{"groups":[
                   {"aggregation_group_type_index":0,"properties":[{"key":"tier","value":"gold"}]}]}},
               {"key":"device","active":true,"bucketing_identifier":"device_id","filters":{"groups":[{}]}}"#,
        );
        let read = |flag| -> Vec<_> {
            let slots = definitions.slots_of(flag).into_iter();
            slots.map(|slot| &definitions.inputs[slot]).collect()
        };
        let company = || "company".into();
        for flag in [0, 1] {
            let mut expected = [
                &Input::DistinctId,
                &Input::GroupKey(company()),
                &Input::GroupGiven(company()),
                &Input::Group(company(), "tier".into()),
            ];
            let mut read = read(flag);
            let order = |input: &&Input| format!("{input:?}");
            expected.sort_by_key(order);
            read.sort_by_key(order);
            assert_eq!(read, expected);
        }
        assert_eq!(
            read(2),
            [&Input::DistinctId, &Input::Person("$device_id".into())]
        );
    }

    #[test]
    fn cohorts_and_flags_that_reach_each_other_are_read_once() {
        let definitions = definitions(
            r#"{"flags":[
                {"key":"a","active":true,"filters":{"groups":[{"properties":[
                    {"type":"flag","key":"b","value":true,"dependency_chain":["b"]}]}]}},
                {"key":"b","active":true,"filters":{"groups":[{"properties":[
                    {"type":"flag","key":"a","value":true,"dependency_chain":["a"]},
                    {"type":"cohort","value":1},{"type":"cohort","value":9}]}]}}],
              "cohorts":{"1":{"type":"OR","values":[{"type":"AND","values":[
                {"type":"cohort","value":1},{"key":"of-cohort","value":"x"}]}]}}}"#,
        );
        let read: Vec<_> = definitions
            .slots_of(0)
            .into_iter()
            .map(|slot| &definitions.inputs[slot])
            .collect();
        assert_eq!(
            read,
            [&Input::DistinctId, &Input::Person("of-cohort".into())]
        );
    }

    #[test]
    fn a_flag_that_is_not_there_reads_the_distinct_id_alone() {
        let definitions = flags(r#"{"key":"a","active":true,"filters":{"groups":[{}]}}"#);
        for flag in [1, 2, usize::MAX] {
            assert_eq!(definitions.slots_of(flag), [0]);
        }
    }
}
