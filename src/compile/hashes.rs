//! Which hashes the flags need, so that they can be worked out together when all flags are evaluated.

use std::collections::HashMap;

use crate::compiled::{
    Aggregation, CompiledFlag, Condition, HashNumbers, Rollout, Rules, Slot, Subject,
    SubjectHashes, Targeting, VariantOverride,
};

/// Gathers the hashes of all flags, grouped by the subject that the flags bucket, and numbers them.
pub fn gather_hashes(flags: &mut [CompiledFlag], conditions: &[Condition]) -> Box<[SubjectHashes]> {
    let mut hashes: Vec<SubjectHashes> = Vec::new();
    let mut subjects = HashMap::new();
    let mut members: Vec<(usize, Kind, usize, usize)> = Vec::new();
    for (flag, compiled) in flags.iter().enumerate() {
        let Rules::Targeting(targeting) = &compiled.rules else {
            continue;
        };
        let Some(slot) = bucketing_slot(&targeting.subject) else {
            continue;
        };
        let subject = *subjects.entry(slot).or_insert_with(|| {
            hashes.push(SubjectHashes::new(slot));
            hashes.len() - 1
        });
        if needs_rollout(targeting, conditions) {
            let place = targeting.hasher.join(&mut hashes[subject].rollouts);
            members.push((flag, Kind::Rollout, subject, place));
        }
        if needs_variant(targeting, conditions) {
            let place = targeting.hasher.join(&mut hashes[subject].variants);
            members.push((flag, Kind::Variant, subject, place));
        }
    }

    for hashes in &mut hashes {
        hashes.rollouts.shrink();
        hashes.variants.shrink();
    }

    // The hashes of each subject stand one behind the other, rollouts before variants.
    let mut first = 0;
    let starts: Vec<_> = hashes
        .iter()
        .map(|hashes| {
            let starts = (first, first + hashes.rollouts.len());
            first = starts.1 + hashes.variants.len();
            starts
        })
        .collect();
    for (flag, kind, subject, place) in members {
        if let Rules::Targeting(targeting) = &mut flags[flag].rules {
            let HashNumbers { rollout, variant } = &mut targeting.hash_numbers;
            match kind {
                Kind::Rollout => *rollout = u32::try_from(starts[subject].0 + place).ok(),
                Kind::Variant => *variant = u32::try_from(starts[subject].1 + place).ok(),
            }
        }
    }
    hashes.into()
}

#[derive(Clone, Copy)]
enum Kind {
    Rollout,
    Variant,
}

fn bucketing_slot(subject: &Subject) -> Option<Slot> {
    match subject {
        // The distinct id.
        Subject::Person => Some(0),
        Subject::Device(slot) => Some(*slot),
        Subject::Group(group) => Some(group.key),
        Subject::UnknownGroupType => None,
    }
}

/// The conditions that bucket the subject of the flag.
fn own_conditions<'c>(
    targeting: &Targeting,
    conditions: &'c [Condition],
) -> impl Iterator<Item = &'c Condition> {
    let conditions = targeting.conditions.of(conditions).iter();
    conditions.filter(|condition| matches!(condition.aggregation, Aggregation::Inherited))
}

fn needs_rollout(targeting: &Targeting, conditions: &[Condition]) -> bool {
    let excludes = |condition: &Condition| matches!(condition.rollout, Some(Rollout::Threshold(threshold)) if threshold < 1.0);
    own_conditions(targeting, conditions).any(excludes)
}

fn needs_variant(targeting: &Targeting, conditions: &[Condition]) -> bool {
    let picks = |condition: &Condition| matches!(condition.variant_override, VariantOverride::None);
    !targeting.variants.ranges.is_empty() && own_conditions(targeting, conditions).any(picks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::flags;

    #[test]
    fn only_hashes_that_can_decide_are_gathered() {
        let definitions = flags(
            r#"{"key":"all","active":true,"filters":{"groups":[{"rollout_percentage":100}]}},
               {"key":"half","active":true,"filters":{"groups":[{"rollout_percentage":50}]}},
               {"key":"device","active":true,"bucketing_identifier":"device_id","filters":{"groups":[{"rollout_percentage":50}]}},
               {"key":"variants","active":true,"filters":{"groups":[{}],
                 "multivariate":{"variants":[{"key":"a","rollout_percentage":50},{"key":"b","rollout_percentage":50}]}}}"#,
        );
        let sizes: Vec<_> = definitions
            .hashes
            .iter()
            .map(|hashes| (hashes.rollouts.len(), hashes.variants.len()))
            .collect();
        assert_eq!(sizes, [(1, 1), (1, 0)]);
        let numbers: Vec<_> = definitions
            .flags
            .iter()
            .map(|flag| match &flag.rules {
                Rules::Targeting(targeting) => (
                    targeting.hash_numbers.rollout,
                    targeting.hash_numbers.variant,
                ),
                _ => panic!(),
            })
            .collect();
        assert_eq!(
            numbers,
            [
                (None, None),
                (Some(0), None),
                (Some(2), None),
                (None, Some(1))
            ]
        );
    }
}
