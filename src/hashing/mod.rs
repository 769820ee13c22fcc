//! posthog-node's bucketing hash: SHA-1, its first 60 bits as a fraction of one.

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod avx2;
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod avx512;
mod batch;
mod prefix;
mod rounds;

use std::sync::LazyLock;

use crate::text;
pub use batch::{Batch, Path};
use prefix::Prefix;

/// posthog-node's `LONG_SCALE`, which as a double is 2^60.
const LONG_SCALE: f64 = 0xFFF_FFFF_FFFF_FFFF_u64 as f64;

/// What posthog-node appends to the bucketing value when it picks a variant.
pub const VARIANT_SALT: &str = "variant";

/// Where a digest with these first 64 bits falls in 0..=1: 15 hex digits, the first 60 bits, count. Like JavaScript's
/// parseInt, the conversion rounds to the nearest double.
pub fn fraction(head: u64) -> f64 {
    (head >> 4) as f64 / LONG_SCALE
}

/// Prepared hash inputs of one flag.
#[derive(Debug)]
pub struct FlagHasher {
    /// The flag key and the dot that joins it with the bucketing value.
    prefix: Prefix,
}

impl FlagHasher {
    /// For the flag with this key.
    pub fn new(flag_key: &str) -> Self {
        Self {
            prefix: Prefix::of(format!("{}.", text::well_formed(flag_key)).as_bytes()),
        }
    }

    /// Decides rollouts.
    pub fn rollout(&self, bucketing_value: &str) -> f64 {
        fraction(self.prefix.head(bucketing_value, ""))
    }

    /// Decides variants.
    pub fn variant(&self, bucketing_value: &str) -> f64 {
        fraction(self.prefix.head(bucketing_value, VARIANT_SALT))
    }

    /// Adds the flag to a batch of flags that are bucketed by the same value; returns its number there.
    pub fn join(&self, batch: &mut Batch) -> usize {
        batch.push(&self.prefix)
    }
}

/// Decides holdouts; the separator is `-`, so that a holdout is independent of every flag.
pub fn holdout(bucketing_value: &str) -> f64 {
    static PREFIX: LazyLock<Prefix> = LazyLock::new(|| Prefix::of(b"holdout-"));
    fraction(PREFIX.head(bucketing_value, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_posthog_nodes_to_the_last_bit() {
        assert_eq!(
            FlagHasher::new("beta-search").rollout("user-17"),
            0.009101217133290002
        );
        assert_eq!(
            FlagHasher::new("beta-search-rollout").rollout("user-105"),
            0.2851295399293007
        );
        assert_eq!(
            FlagHasher::new("checkout-layout").variant("user-61"),
            0.5698252224547713
        );
        assert_eq!(holdout("user-31"), 0.0194745413007599);
    }
}
