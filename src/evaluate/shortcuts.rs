//! Shortcuts decide ordinary flags in few steps. A flag that its shortcut does not decide takes the long way: by its rules
//! (`rules.rs`, `conditions.rs`), which alone cover every case.

use super::evaluation::Evaluation;
use super::hashes::Bucketed;
use super::property_holder::PropertyHolder;
use crate::compiled::{Rollout, Rules, Shortcut, Targeting, VariantOverride};
use crate::js::value::Value;
use crate::outcome::ValueCode;

impl<'a> Evaluation<'a> {
    /// The distinct id, if it is a plain text. Shortcuts are for those alone.
    pub(super) fn plain_distinct_id(&self) -> Option<Value<'a>> {
        Some(self.value(0)).filter(|id| matches!(id, Value::Text(_)))
    }

    /// The value of one flag by its shortcut; `None` if that takes the long way.
    #[inline]
    pub(super) fn shortcut(&mut self, flag: usize, distinct_id: Value<'a>) -> Option<ValueCode> {
        match &self.definitions.shortcuts[flag] {
            Shortcut::Value(value) => Some(*value),
            // A number rather than a branch, which the processor could not predict.
            Shortcut::Rollout { hash, count } => {
                let hash = self.scratch.hashes.number(*hash);
                hash.map(|hash| ValueCode(u16::from(hash < *count)))
            }
            Shortcut::Conditions => self.conditions(flag, distinct_id),
            Shortcut::None => None,
        }
    }

    /// The value of a flag with [`Shortcut::Conditions`]; `None` if that takes the long way.
    fn conditions(&mut self, flag: usize, distinct_id: Value<'a>) -> Option<ValueCode> {
        let Rules::Targeting(targeting) = &self.definitions.flags[flag].rules else {
            return None;
        };
        let bucketed = self.scratch.hashes.bucket(distinct_id, targeting);
        let place = self.place;
        self.place = place.after_flag();
        let value = self.first_match(targeting, bucketed);
        self.place = place;
        value
    }

    fn first_match(&mut self, targeting: &Targeting, bucketed: Bucketed<'a>) -> Option<ValueCode> {
        let holder = PropertyHolder { absent: false };
        'conditions: for condition in &targeting.conditions {
            for filter in &condition.filters {
                match self.filter(filter, holder) {
                    Ok(true) => {}
                    Ok(false) => continue 'conditions,
                    // Another filter may still rule the condition out, or have a reason of higher precedence.
                    Err(_) => return None,
                }
            }
            if let Some(Rollout::Threshold(threshold)) = condition.rollout
                && threshold < 1.0
                && bucketed.rollout(&targeting.hasher).ok()? > threshold
            {
                continue;
            }
            return Some(match condition.variant_override {
                VariantOverride::Value(value) => value,
                _ if targeting.variants.ranges.is_empty() => ValueCode::TRUE,
                _ => targeting
                    .variants
                    .pick(bucketed.variant(&targeting.hasher).ok()?),
            });
        }
        Some(ValueCode::FALSE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::Scratch;
    use crate::evaluate::hashes::Hashes;
    use crate::evaluate::ledger::Place;
    use crate::hashing::{FlagHasher, Path, count_up_to};
    use crate::js::host::FixedHost;
    use crate::testing::{Caller, flags};

    const HOST: FixedHost = FixedHost { now_ms: 0.0 };

    /// What the short way says of the only flag, for a person with this distinct id.
    fn in_short(flag: &str, distinct_id: &str) -> Option<ValueCode> {
        let definitions = flags(flag);
        let call = format!(r#"{{"distinctId":"{distinct_id}","person":{{"plan":"pro"}}}}"#);
        let inputs = Caller::new(&call).inputs(&definitions);
        let mut scratch = Scratch::default();
        let mut evaluation = Evaluation::new(&definitions, &inputs, &HOST, &mut scratch);
        let id = evaluation.plain_distinct_id()?;
        let value = evaluation.shortcut(0, id);
        assert_eq!(evaluation.place, Place::default());
        if let Some(value) = value {
            assert_eq!(evaluation.flag(0), Ok(value));
        }
        value
    }

    fn flag(conditions: &str) -> String {
        format!(
            r#"{{"key":"f","active":true,"filters":{{"groups":[{conditions}],
                "multivariate":{{"variants":[{{"key":"a","rollout_percentage":50}},{{"key":"b","rollout_percentage":50}}]}}}}}}"#
        )
    }

    #[test]
    fn conditions_without_anything_unusual_are_decided_in_short() {
        let pro = r#"{"properties":[{"key":"plan","value":"pro"}]"#;
        let free = r#"{"properties":[{"key":"plan","value":"free"}]"#;
        let own = |index| Some(ValueCode(ValueCode::FIRST_OWN + index));
        assert_eq!(
            in_short(&flag(&format!("{free}}}")), "u"),
            Some(ValueCode::FALSE)
        );
        assert_eq!(
            in_short(&flag(&format!("{pro},\"variant\":\"b\"}}")), "u"),
            own(1)
        );
        assert_eq!(
            in_short(&flag(&format!("{free}}},{pro},\"variant\":\"a\"}}")), "u"),
            own(0)
        );
        assert_eq!(
            in_short(&flag(&format!("{pro},\"rollout_percentage\":0}}")), "u"),
            Some(ValueCode::FALSE)
        );
        // Variants and rollouts are decided by hashes, and each side comes up.
        let seen: Vec<_> = (0..20)
            .map(|user| in_short(&flag(&format!("{pro}}}")), &format!("user-{user}")))
            .collect();
        assert!(seen.contains(&own(0)) && seen.contains(&own(1)));
        let seen: Vec<_> = (0..20)
            .map(|user| {
                let half = flag(&format!(
                    "{pro},\"rollout_percentage\":50,\"variant\":\"a\"}}"
                ));
                in_short(&half, &format!("user-{user}"))
            })
            .collect();
        assert!(seen.contains(&own(0)) && seen.contains(&Some(ValueCode::FALSE)));
    }

    #[test]
    fn a_flag_without_variants_is_on_or_off_in_short() {
        let filtered = r#"{"key":"f","active":true,"filters":{"groups":[{"properties":[{"key":"plan","value":"pro"}]}]}}"#;
        assert_eq!(in_short(filtered, "u"), Some(ValueCode::TRUE));
        assert_eq!(
            in_short(r#"{"key":"f","active":false}"#, "u"),
            Some(ValueCode::FALSE)
        );
        let everyone = r#"{"key":"f","active":true,"filters":{"groups":[{}]}}"#;
        assert_eq!(in_short(everyone, "u"), Some(ValueCode::TRUE));
    }

    #[test]
    fn what_cannot_be_decided_in_short_is_left_to_the_long_way() {
        let open = r#"{"key":"f","active":true,"filters":{"groups":[{"properties":[{"key":"missing","value":"x"}]}]}}"#;
        assert_eq!(in_short(open, "u"), None);
        let early = r#"{"key":"f","active":true,"filters":{"early_exit":true,"groups":[{}]}}"#;
        assert_eq!(in_short(early, "u"), None);
    }

    #[test]
    fn plain_rollouts_of_many_flags_are_read_off_their_hashes() {
        let all: Vec<_> = (0..8)
            .map(|number| {
                format!(r#"{{"key":"f{number}","active":true,"filters":{{"groups":[{{"rollout_percentage":50}}]}}}}"#)
            })
            .collect();
        let definitions = flags(&all.join(","));
        let inputs = Caller::new(r#"{"distinctId":"u"}"#).inputs(&definitions);
        let mut scratch = Scratch::default();
        let mut evaluation = Evaluation::new(&definitions, &inputs, &HOST, &mut scratch);
        let before: Vec<_> = (0..8)
            .map(|flag| evaluation.shortcut(flag, Value::Text("u")))
            .collect();
        assert_eq!(before, [None; 8], "no hash is known yet");
        let mut codes = Vec::new();
        evaluation.all(Path::best(), &mut codes, |_, _| {});
        for (flag, code) in codes.into_iter().enumerate() {
            let known = evaluation.shortcut(flag, Value::Text("u"));
            let expected = (Path::best() != Path::Single).then_some(ValueCode(code));
            assert_eq!(known, expected);
            assert_eq!(evaluation.flag(flag), Ok(ValueCode(code)));
        }
    }

    #[test]
    fn some_flags_in_any_order_are_evaluated_as_all_are() {
        let mut documents: Vec<_> = (0..12)
            .map(|number| {
                format!(r#"{{"key":"f{number}","active":true,"filters":{{"groups":[{{"rollout_percentage":50}}]}}}}"#)
            })
            .collect();
        documents.push(
            r#"{"key":"depends","active":true,"filters":{"groups":[{"properties":[
                {"type":"flag","key":"f0","value":true,"dependency_chain":["f0"]}]}]}}"#
                .to_owned(),
        );
        documents.push(r#"{"key":"bad","active":true,"filters":{"groups":5}}"#.to_owned());
        let definitions = flags(&documents.join(","));
        let mut scratch = Scratch::default();
        for user in 0..20 {
            let call = format!(r#"{{"distinctId":"user-{user}"}}"#);
            let inputs = Caller::new(&call).inputs(&definitions);
            let mut all = Vec::new();
            let mut evaluation = Evaluation::new(&definitions, &inputs, &HOST, &mut scratch);
            evaluation.all(Path::best(), &mut all, |_, _| {});
            for path in [None, Some(Path::Single), Some(Path::best())] {
                let asked = [13, 12, 5, 0, 5, 11, 13];
                let mut codes = asked;
                let mut failed = Vec::new();
                let mut evaluation = Evaluation::new(&definitions, &inputs, &HOST, &mut scratch);
                evaluation.some(path, &mut codes, |place, _| failed.push(place));
                let expected = asked.map(|flag| u32::from(all[flag as usize]));
                assert_eq!(codes, expected, "user-{user} on {path:?}");
                assert_eq!(failed, [0, 6], "the places of the bad flag");
            }
        }
    }

    #[test]
    fn flags_asked_for_together_are_not_deeper_than_each_alone() {
        let filtered = r#""filters":{"groups":[{"properties":[{"key":"plan","value":"pro"}]}]}"#;
        let mut all: Vec<_> = (0..150)
            .map(|number| format!(r#"{{"key":"f{number}","active":true,{filtered}}}"#))
            .collect();
        all.push(
            r#"{"key":"last","active":true,"filters":{"groups":[{"properties":[
                {"type":"flag","key":"f0","value":true,"dependency_chain":["f0"]}]}]}}"#
                .to_owned(),
        );
        let caller = Caller::new(r#"{"distinctId":"u","person":{"plan":"pro"}}"#);
        assert_eq!(caller.ask(&flags(&all.join(",")), "last"), "true");
    }

    #[test]
    fn a_rollout_takes_in_the_very_hash_that_it_ends_at() {
        let filter = r#"{"key":"plan","value":"pro"}"#;
        for properties in ["", filter] {
            let mut definitions = flags(&format!(
                r#"{{"key":"f","active":true,"filters":{{"groups":[{{"properties":[{properties}],"rollout_percentage":50}}]}}}}"#
            ));
            let caller = Caller::new(r#"{"distinctId":"u","person":{"plan":"pro"}}"#);
            let hash = FlagHasher::new("f").rollout("u");
            for (threshold, expected) in [(hash, "true"), (hash.next_down(), "false")] {
                let Rules::Targeting(targeting) = &mut definitions.flags[0].rules else {
                    panic!("the flag has rules");
                };
                targeting.conditions[0].rollout = Some(Rollout::Threshold(threshold));
                definitions.shortcuts[0] = match definitions.shortcuts[0] {
                    Shortcut::Rollout { hash, .. } => Shortcut::Rollout {
                        hash,
                        count: count_up_to(threshold),
                    },
                    other => other,
                };
                assert_eq!(caller.ask(&definitions, "f"), expected, "{threshold}");
            }
        }
    }

    #[test]
    fn a_count_of_hashes_leaves_out_the_hash_of_that_number() {
        let all: Vec<_> = (0..4)
            .map(|number| {
                format!(r#"{{"key":"f{number}","active":true,"filters":{{"groups":[{{"rollout_percentage":50}}]}}}}"#)
            })
            .collect();
        let mut definitions = flags(&all.join(","));
        let inputs = Caller::new(r#"{"distinctId":"u"}"#).inputs(&definitions);
        let mut hashes = Hashes::default();
        hashes.compute(&definitions, &inputs, Path::best());
        // Without lanes no hash is known beforehand.
        let Some(number) = hashes.number(0) else {
            return;
        };
        for (count, expected) in [(number, 0), (number + 1, 1)] {
            definitions.shortcuts[0] = Shortcut::Rollout { hash: 0, count };
            let mut scratch = Scratch::default();
            let mut codes = Vec::new();
            Evaluation::new(&definitions, &inputs, &HOST, &mut scratch).all(
                Path::best(),
                &mut codes,
                |_, _| {},
            );
            assert_eq!(codes[0], expected);
        }
    }
}
