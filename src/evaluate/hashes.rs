//! The hashes of an evaluation. Those of all flags are worked out together if that is cheaper, else each when it is needed.

use crate::compiled::{CompiledDefinitions, HashNumbers, SubjectHashes, Targeting};
use crate::evaluate::call::CallInputs;
use crate::hashing::{self, FlagHasher, Path, VARIANT_SALT};
use crate::js::value::Value;
use crate::outcome::Fallback;

/// Stands for a hash that is not known. A digest that begins with 64 ones is as good as impossible; if one did, its hash
/// would be worked out a second time, with the same result.
const UNKNOWN: u64 = u64::MAX;

/// The digests that an evaluation has worked out beforehand, by their numbers.
#[derive(Debug, Default)]
pub struct Hashes {
    heads: Vec<u64>,
}

impl Hashes {
    /// Forgets them.
    #[inline]
    pub fn clear(&mut self) {
        self.heads.clear();
    }

    /// Works out the hashes of all flags whose bucketing values are plain texts.
    pub fn compute(&mut self, definitions: &CompiledDefinitions, inputs: &CallInputs, path: Path) {
        self.heads.clear();
        if path == Path::Single {
            return;
        }
        for SubjectHashes {
            slot,
            rollouts,
            variants,
        } in &definitions.hashes
        {
            let value = match inputs.value(*slot) {
                Value::Text(value) => Some(value),
                _ => None,
            };
            for (batch, suffix) in [(rollouts, ""), (variants, VARIANT_SALT)] {
                match value {
                    Some(value) if batch.is_worthwhile(path) => {
                        batch.hash(path, value, suffix, &mut self.heads)
                    }
                    _ => self.heads.resize(self.heads.len() + batch.len(), UNKNOWN),
                }
            }
        }
    }

    /// A hash as a whole number below 2^60, if it is known.
    #[inline]
    pub fn number(&self, number: u32) -> Option<u64> {
        match self.heads.get(number as usize) {
            Some(&UNKNOWN) | None => None,
            Some(&head) => Some(head >> 4),
        }
    }

    /// A hash, if it is known.
    #[inline]
    fn get(&self, number: Option<u32>) -> Option<f64> {
        match self.heads.get(number? as usize) {
            Some(&UNKNOWN) | None => None,
            Some(&head) => Some(hashing::fraction(head)),
        }
    }

    /// The bucketing value of a flag, with the hashes of the flag that are known.
    #[inline]
    pub fn bucket<'a>(&self, value: Value<'a>, targeting: &Targeting) -> Bucketed<'a> {
        let HashNumbers { rollout, variant } = targeting.hash_numbers;
        Bucketed {
            value,
            rollout: self.get(rollout),
            variant: self.get(variant),
        }
    }
}

/// The bucketing value of a condition, with the hashes that are known.
#[derive(Debug, Clone, Copy)]
pub struct Bucketed<'a> {
    /// The bucketing value.
    pub value: Value<'a>,
    rollout: Option<f64>,
    variant: Option<f64>,
}

impl<'a> Bucketed<'a> {
    /// A bucketing value of which no hash is known.
    pub fn unknown(value: Value<'a>) -> Self {
        Self {
            value,
            rollout: None,
            variant: None,
        }
    }

    /// The hash that decides rollouts.
    #[inline]
    pub fn rollout(&self, hasher: &FlagHasher) -> Result<f64, Fallback> {
        match self.rollout {
            Some(hash) => Ok(hash),
            None => Ok(hasher.rollout(&self.value.to_hashed_text()?)),
        }
    }

    /// The hash that decides variants.
    #[inline]
    pub fn variant(&self, hasher: &FlagHasher) -> Result<f64, Fallback> {
        match self.variant {
            Some(hash) => Ok(hash),
            None => Ok(hasher.variant(&self.value.to_hashed_text()?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compiled::Rules;
    use crate::testing::{Caller, flags};

    /// Five flags that bucket the person, two of them with variants, and five that bucket the device.
    fn definitions() -> CompiledDefinitions {
        let all: Vec<_> = (0..10)
            .map(|number| {
                let device = match number {
                    0..5 => "",
                    _ => r#","bucketing_identifier":"device_id""#,
                };
                let variants = match number {
                    0 | 1 => {
                        r#","multivariate":{"variants":[{"key":"a","rollout_percentage":50}]}"#
                    }
                    _ => "",
                };
                format!(
                    r#"{{"key":"f{number}","active":true{device},"filters":{{"groups":[{{"rollout_percentage":50}}]{variants}}}}}"#
                )
            })
            .collect();
        flags(&all.join(","))
    }

    fn targeting(definitions: &CompiledDefinitions, flag: usize) -> &Targeting {
        match &definitions.flags[flag].rules {
            Rules::Targeting(targeting) => targeting,
            other => panic!("{other:?}"),
        }
    }

    fn computed(definitions: &CompiledDefinitions, call: &str, path: Path) -> Hashes {
        let mut hashes = Hashes::default();
        hashes.compute(definitions, &Caller::new(call).inputs(definitions), path);
        hashes
    }

    #[test]
    fn the_hashes_of_all_flags_are_worked_out_together_where_there_are_lanes() {
        let definitions = definitions();
        let call = r#"{"distinctId":"u","person":{"$device_id":"d"}}"#;
        let hashes = computed(&definitions, call, Path::best());
        for flag in 0..10 {
            let targeting = targeting(&definitions, flag);
            let value = if flag < 5 { "u" } else { "d" };
            let bucketed = hashes.bucket(Value::Text(value), targeting);
            let rollout = targeting.hasher.rollout(value);
            let number = hashes.number(targeting.hash_numbers.rollout.unwrap());
            if Path::best() == Path::Single {
                assert_eq!(bucketed.rollout, None);
                assert_eq!(number, None);
                continue;
            }
            assert_eq!(bucketed.rollout, Some(rollout), "f{flag}");
            assert_eq!(hashing::fraction(number.unwrap() << 4), rollout, "f{flag}");
            // Two variants are too few to be worth it.
            assert_eq!(bucketed.variant, None);
        }
    }

    #[test]
    fn hashes_are_left_for_later_one_at_a_time_and_for_subjects_that_are_no_texts() {
        let definitions = definitions();
        let known = |hashes: &Hashes| {
            let rollouts = (0..10).map(|flag| targeting(&definitions, flag).hash_numbers.rollout);
            let known: Vec<_> = rollouts
                .map(|number| hashes.number(number.unwrap()).is_some())
                .collect();
            known
        };
        let both = r#"{"distinctId":"u","person":{"$device_id":"d"}}"#;
        assert_eq!(
            known(&computed(&definitions, both, Path::Single)),
            [false; 10]
        );
        let device = r#"{"distinctId":5,"person":{"$device_id":"d"}}"#;
        let lanes = Path::best() != Path::Single;
        let expected: Vec<_> = (0..10).map(|flag| lanes && flag >= 5).collect();
        let mut hashes = computed(&definitions, device, Path::best());
        assert_eq!(known(&hashes), expected);
        hashes.clear();
        assert_eq!(known(&hashes), [false; 10]);
    }

    #[test]
    fn a_hash_that_is_known_is_not_worked_out_again() {
        let hasher = FlagHasher::new("f");
        let bucketed = Bucketed {
            value: Value::Text("u"),
            rollout: Some(0.25),
            variant: Some(0.75),
        };
        assert_eq!(bucketed.rollout(&hasher), Ok(0.25));
        assert_eq!(bucketed.variant(&hasher), Ok(0.75));
        let unknown = Bucketed::unknown(Value::Text("u"));
        assert_eq!(unknown.rollout(&hasher), Ok(hasher.rollout("u")));
        assert_eq!(unknown.variant(&hasher), Ok(hasher.variant("u")));
    }
}
