//! Hashes of an evaluation: those of all flags together where that is cheaper, else each when it is needed.

use crate::call::CallInputs;
use crate::compiled::{CompiledDefinitions, HashNumbers, SubjectHashes, Targeting};
use crate::context::Value;
use crate::hashing::{self, FlagHasher, Path, VARIANT_SALT};
use crate::outcome::Fallback;

/// Stands for a hash that is not known. That a digest begins like this, one does not live to see; if it did, its hash
/// would be worked out twice.
const UNKNOWN: u64 = u64::MAX;

/// The digests that an evaluation has worked out beforehand, by number; empty if none have been.
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

    /// Works out those of all flags, as far as their bucketing values are plain texts.
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

    /// A hash as one of 2^60, if it is known.
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

    /// Whom a flag buckets, with what is known of the flag's hashes.
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

/// Whom a condition buckets, and where the hashes of the flag put them, as far as that is known.
#[derive(Debug, Clone, Copy)]
pub struct Bucketed<'a> {
    /// The bucketing value.
    pub value: Value<'a>,
    rollout: Option<f64>,
    variant: Option<f64>,
}

impl<'a> Bucketed<'a> {
    /// Nothing is known.
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
