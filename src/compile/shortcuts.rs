//! Which flags need little more than a look at a hash.

use crate::compiled::{
    Aggregation, CompiledFlag, Condition, Rollout, Rules, Shortcut, Subject, VariantOverride,
};
use crate::hashing::count_up_to;
use crate::outcome::ValueCode;

/// The shortcut of a flag, given the conditions of all flags.
pub fn shortcut(flag: &CompiledFlag, conditions: &[Condition]) -> Shortcut {
    // A shortcut does not keep the value of a flag, which other flags may need, nor check that the value has a text, by which
    // its payload is found.
    if flag.is_dependency || !flag.without_payload.is_empty() {
        return Shortcut::None;
    }
    let targeting = match &flag.rules {
        Rules::Inactive => return Shortcut::Value(ValueCode::FALSE),
        Rules::Targeting(targeting) => targeting,
        Rules::Undecided(_) | Rules::Server(_) | Rules::Malformed(_) | Rules::Unreadable(_) => {
            return Shortcut::None;
        }
    };
    let conditions = targeting.conditions.of(conditions);
    let plain = matches!(targeting.subject, Subject::Person | Subject::Group(_))
        && matches!(targeting.holdout, Ok(None))
        && targeting.malformed_conditions.is_none()
        && !targeting.early_exit
        && targeting.variants.malformed.is_none()
        && conditions.iter().all(is_plain);
    if !plain {
        return Shortcut::None;
    }
    let [only] = conditions else {
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
    use crate::testing::flags;

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
