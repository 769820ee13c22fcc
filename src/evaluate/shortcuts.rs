//! Shortcuts decide ordinary flags in few steps. A flag that its shortcut does not decide takes the long way: by its rules
//! (`rules.rs`, `conditions.rs`), which alone cover every case.

use super::evaluation::Evaluation;
use super::hashes::Bucketed;
use super::property_holder::PropertyHolder;
use super::visitor::Visitor;
use crate::compiled::{Rollout, Rules, Shortcut, Subject, Targeting, VariantOverride};
use crate::js::value::Value;
use crate::outcome::{Fallback, Outcome, ValueCode};

impl<'a, V: Visitor> Evaluation<'a, V> {
    /// The distinct id, if it is a plain text and flags may take their shortcuts, which are for those alone.
    #[inline]
    pub(super) fn plain_distinct_id(&self) -> Option<&'a str> {
        match self.value(0) {
            Value::Text(id) if !V::TAKES_THE_LONG_WAY => Some(id),
            _ => None,
        }
    }

    /// The value of one flag by its shortcut; `None` if that takes the long way.
    #[inline]
    pub(super) fn shortcut(&mut self, flag: usize, distinct_id: &'a str) -> Option<Outcome> {
        match &self.definitions.shortcuts[flag] {
            Shortcut::Value(value) => Some(Ok(*value)),
            Shortcut::Rollout { hash, count } => match self.scratch.hashes.number(*hash) {
                // A number rather than a branch, which the processor could not predict.
                Some(hash) => Some(Ok(ValueCode(u16::from(hash < *count)))),
                None => self.conditions(flag, distinct_id),
            },
            Shortcut::Conditions => self.conditions(flag, distinct_id),
            Shortcut::None => None,
        }
    }

    /// What the conditions of a flag with a shortcut come to; `None` if that takes the long way.
    fn conditions(&mut self, flag: usize, distinct_id: &'a str) -> Option<Outcome> {
        let Rules::Targeting(targeting) = &self.definitions.flags[flag].rules else {
            return None;
        };
        let (key, holder) = match &targeting.subject {
            Subject::Group(group) => match self.value(group.key) {
                Value::Missing => return Some(Ok(ValueCode::FALSE)),
                key @ Value::Text(_) => (key, self.group_holder(*group)),
                _ => return None,
            },
            _ => (Value::Text(distinct_id), PropertyHolder { absent: false }),
        };
        let bucketed = self.scratch.hashes.bucket(key, targeting);
        let place = self.place;
        self.place = place.after_flag();
        let outcome = self.first_match(targeting, bucketed, holder);
        self.place = place;
        outcome
    }

    fn first_match(
        &mut self,
        targeting: &Targeting,
        bucketed: Bucketed<'a>,
        holder: PropertyHolder,
    ) -> Option<Outcome> {
        let mut is_undecided = false;
        let definitions = self.definitions;
        'conditions: for condition in targeting.conditions.of(&definitions.conditions) {
            let mut lacks_context = false;
            for filter in condition.filters.of(&definitions.condition_filters) {
                match self.filter(filter, holder) {
                    Ok(true) => {}
                    Ok(false) => continue 'conditions,
                    // Another filter may still rule the condition out.
                    Err(fallback) if fallback == Fallback::MISSING_CONTEXT => lacks_context = true,
                    Err(_) => return None,
                }
            }
            if lacks_context {
                // Another condition may still match.
                is_undecided = true;
                continue;
            }
            if let Some(Rollout::Threshold(threshold)) = condition.rollout
                && threshold < 1.0
                && bucketed.rollout(&targeting.hasher).ok()? > threshold
            {
                continue;
            }
            return Some(Ok(match condition.variant_override {
                VariantOverride::Value(value) => value,
                _ if targeting.variants.ranges.is_empty() => ValueCode::TRUE,
                _ => targeting
                    .variants
                    .pick(bucketed.variant(&targeting.hasher).ok()?),
            }));
        }
        Some(if is_undecided {
            Err(Fallback::MISSING_CONTEXT)
        } else {
            Ok(ValueCode::FALSE)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compiled::CompiledDefinitions;
    use crate::evaluate::Scratch;
    use crate::evaluate::hashes::Hashes;
    use crate::evaluate::ledger::Place;
    use crate::hashing::{FlagHasher, Path, count_up_to};
    use crate::js::host::FixedHost;
    use crate::testing::{Caller, definitions, flags};

    const HOST: FixedHost = FixedHost { now_ms: 0.0 };

    /// What the short way says of the only flag, for a person with this distinct id.
    fn in_short(flag: &str, distinct_id: &str) -> Option<ValueCode> {
        let call = format!(r#"{{"distinctId":"{distinct_id}","person":{{"plan":"pro"}}}}"#);
        outcome_in_short(flags(flag), &call).map(|outcome| outcome.unwrap())
    }

    fn outcome_in_short(definitions: CompiledDefinitions, call: &str) -> Option<Outcome> {
        let inputs = Caller::new(call).inputs(&definitions);
        let mut scratch = Scratch::default();
        let mut evaluation = Evaluation::new(&definitions, &inputs, &HOST, &mut scratch);
        let id = evaluation.plain_distinct_id()?;
        let outcome = evaluation.shortcut(0, id);
        assert_eq!(evaluation.place, Place::default());
        if let Some(outcome) = &outcome {
            assert_eq!(evaluation.flag(0), *outcome);
        }
        outcome
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
        let unknown = r#"{"key":"f","active":true,"filters":{"groups":[{"properties":[{"key":"plan","operator":"?","value":"x"}]}]}}"#;
        assert_eq!(in_short(unknown, "u"), None);
        let early = r#"{"key":"f","active":true,"filters":{"early_exit":true,"groups":[{}]}}"#;
        assert_eq!(in_short(early, "u"), None);
    }

    #[test]
    fn what_the_call_lacks_is_told_in_short_unless_something_else_decides() {
        let [lacks, free, pro] = [
            r#"{"key":"lacks","value":"x"}"#,
            r#"{"key":"plan","value":"free"}"#,
            r#"{"key":"plan","value":"pro"}"#,
        ];
        let outcome = |groups: &[&[&str]]| {
            let groups: Vec<_> = groups
                .iter()
                .map(|filters| format!(r#"{{"properties":[{}]}}"#, filters.join(",")))
                .collect();
            let flag = format!(
                r#"{{"key":"f","active":true,"filters":{{"groups":[{}]}}}}"#,
                groups.join(",")
            );
            let call = r#"{"distinctId":"u","person":{"plan":"pro"}}"#;
            outcome_in_short(flags(&flag), call)
        };
        let missing = Some(Err(Fallback::MISSING_CONTEXT));
        let [off, on] = [ValueCode::FALSE, ValueCode::TRUE].map(|value| Some(Ok(value)));
        assert_eq!(outcome(&[&[lacks]]), missing);
        assert_eq!(outcome(&[&[lacks, pro]]), missing);
        assert_eq!(outcome(&[&[lacks, free]]), off);
        assert_eq!(outcome(&[&[lacks], &[pro]]), on);
        assert_eq!(outcome(&[&[lacks], &[free]]), missing);
    }

    #[test]
    fn flags_of_groups_are_decided_in_short_where_the_group_is_ordinary() {
        let outcome = |properties: &str, call: &str| {
            let document = format!(
                r#"{{"group_type_mapping":{{"0":"company"}},"flags":[{{"key":"f","active":true,"filters":{{
                    "aggregation_group_type_index":0,"groups":[{{"properties":[{properties}]}}]}}}}]}}"#
            );
            let call = format!(r#"{{"distinctId":"u"{call}}}"#);
            outcome_in_short(definitions(&document), &call)
        };
        let gold = r#"{"key":"tier","value":"gold","type":"group"}"#;
        let [off, on] = [ValueCode::FALSE, ValueCode::TRUE].map(|value| Some(Ok(value)));
        let acme = r#","groups":{"company":"acme"},"groupProperties":{"company":{"tier":"gold"}}"#;
        let silver = acme.replace("gold", "silver");
        assert_eq!(outcome(gold, ""), off);
        assert_eq!(outcome(gold, acme), on);
        assert_eq!(outcome(gold, &silver), off);
        assert_eq!(outcome("", acme), on);
        let without = r#","groups":{"company":"acme"}"#;
        assert_eq!(outcome(gold, without), None, "posthog-node throws");
        assert_eq!(outcome("", without), on);
        assert_eq!(outcome("", r#","groups":{"company":5}"#), None);
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
        let alone: Vec<_> = (0..8).map(|flag| evaluation.shortcut(flag, "u")).collect();
        let mut codes = Vec::new();
        evaluation.all(Path::best(), &mut codes, |_, _| {});
        for (flag, code) in codes.into_iter().enumerate() {
            let expected = Some(Ok(ValueCode(code)));
            assert_eq!(alone[flag], expected, "no hash was known");
            assert_eq!(evaluation.shortcut(flag, "u"), expected);
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
                definitions.conditions[0].rollout = Some(Rollout::Threshold(threshold));
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
