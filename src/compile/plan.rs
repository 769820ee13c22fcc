//! What makes evaluating all flags at once cheap: which hashes they need, and which flags need little else.

use std::collections::HashMap;

use crate::compiled::{
    Aggregation, CompiledFlag, Condition, HashNumbers, Rollout, Rules, Shortcut, Slot, Subject,
    SubjectHashes, Targeting, VariantOverride,
};
use crate::hashing::count_up_to;
use crate::outcome::ValueCode;

/// Gathers the hashes of all flags, by whom the flags bucket, and numbers them.
pub fn gather_hashes(flags: &mut [CompiledFlag]) -> Box<[SubjectHashes]> {
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
        if needs_rollout(targeting) {
            let place = targeting.hasher.join(&mut hashes[subject].rollouts);
            members.push((flag, Kind::Rollout, subject, place));
        }
        if needs_variant(targeting) {
            let place = targeting.hasher.join(&mut hashes[subject].variants);
            members.push((flag, Kind::Variant, subject, place));
        }
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

/// The conditions that bucket whom the flag buckets.
fn own_conditions(targeting: &Targeting) -> impl Iterator<Item = &Condition> {
    let conditions = targeting.conditions.iter();
    conditions.filter(|condition| matches!(condition.aggregation, Aggregation::Inherited))
}

fn needs_rollout(targeting: &Targeting) -> bool {
    let excludes = |condition: &Condition| matches!(condition.rollout, Some(Rollout::Threshold(threshold)) if threshold < 1.0);
    own_conditions(targeting).any(excludes)
}

fn needs_variant(targeting: &Targeting) -> bool {
    let picks = |condition: &Condition| matches!(condition.variant_override, VariantOverride::None);
    !targeting.variants.ranges.is_empty() && own_conditions(targeting).any(picks)
}

/// How a flag is decided for anyone with a distinct id, if that takes no more than a look at a hash.
pub fn shortcut(flag: &CompiledFlag) -> Shortcut {
    // What others depend on has to be written down, and the value looked at of a flag that lacks a payload for one.
    if flag.is_dependency || !flag.without_payload.is_empty() {
        return Shortcut::None;
    }
    let targeting = match &flag.rules {
        Rules::Inactive => return Shortcut::Value(ValueCode::FALSE),
        Rules::Targeting(targeting) => targeting,
        Rules::ExperienceContinuity | Rules::Malformed(_) | Rules::Unreadable(_) => {
            return Shortcut::None;
        }
    };
    let plain = matches!(targeting.subject, Subject::Person | Subject::Group(_))
        && matches!(targeting.holdout, Ok(None))
        && targeting.malformed_conditions.is_none()
        && !targeting.early_exit
        && targeting.variants.malformed.is_none()
        && targeting.conditions.iter().all(is_plain);
    if !plain {
        return Shortcut::None;
    }
    let [only] = &*targeting.conditions else {
        return Shortcut::Conditions;
    };
    let is_for_all = matches!(targeting.subject, Subject::Person)
        && only.filters.is_empty()
        && targeting.variants.ranges.is_empty()
        && matches!(only.variant_override, VariantOverride::None);
    match (&only.rollout, targeting.hash_numbers.rollout) {
        _ if !is_for_all => Shortcut::Conditions,
        (None, _) => Shortcut::Value(ValueCode::TRUE),
        (Some(Rollout::Threshold(threshold)), Some(hash)) if *threshold < 1.0 => {
            Shortcut::Rollout {
                hash,
                count: count_up_to(*threshold),
            }
        }
        _ => Shortcut::Conditions,
    }
}

fn is_plain(condition: &Condition) -> bool {
    condition.malformed.is_none()
        && matches!(condition.aggregation, Aggregation::Inherited)
        && condition.malformed_filters.is_none()
        && !matches!(condition.rollout, Some(Rollout::Malformed(_)))
        && !matches!(condition.variant_override, VariantOverride::Malformed(_))
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

    #[test]
    fn plain_rollouts_take_a_shortcut_and_others_do_not() {
        let definitions = flags(
            r#"{"key":"half","active":true,"filters":{"groups":[{"rollout_percentage":50}]}},
               {"key":"on","active":true,"filters":{"groups":[{}]}},
               {"key":"off","active":false},
               {"key":"two","active":true,"filters":{"groups":[{"rollout_percentage":50},{}]}},
               {"key":"held","active":true,"filters":{"groups":[{}],"holdout":{"id":1,"exclusion_percentage":5}}},
               {"key":"group","active":true,"filters":{"aggregation_group_type_index":0,"groups":[{}]}},
               {"key":"filtered","active":true,"filters":{"groups":[{"properties":[{"key":"a","value":"b"}]}]}}"#,
        );
        let shortcuts: Vec<_> = definitions
            .shortcuts
            .iter()
            .map(|shortcut| format!("{shortcut:?}"))
            .collect();
        assert_eq!(
            shortcuts,
            [
                "Rollout { hash: 0, count: 576460752303423553 }",
                "Value(ValueCode(1))",
                "Value(ValueCode(0))",
                "Conditions",
                "None",
                "Conditions",
                "Conditions"
            ]
        );
    }
}
